"""Normal forms of titles and names for comparison, and the spellings a title may have in the library. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from mediarec.library.item_lookup import normalise_title

# Letters without a Unicode decomposition; keys.py writes the same folding in SQL.
LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
FOLD = str.maketrans(LETTERS)
ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "l", "der", "die", "das", "il", "el", "los", "las"})
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
DIGITS = {roman: str(number) for number, roman in enumerate(ROMAN, start=1)}
ROMANS = {digits: roman for roman, digits in DIGITS.items()}
ALONE_A_WORD = frozenset({"i", "v", "x"})  # numbers only after "part" or at the end
WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7"}
NUMBERED = {
    "part": "part", "pt": "part", "parts": "part", "pts": "part", "volume": "vol", "vol": "vol",
    "chapter": "chapter", "episode": "episode", "no": "no", "nr": "no",
}  # fmt: skip
SHORT = {"doctor": "dr", "mister": "mr", "versus": "vs", "saint": "st"}
LONG = {short: long for long, short in SHORT.items()}
MOST_SPELLINGS = 48
MAIN_TITLE = re.compile(r":| [-–—] |\bor\b[:,]? ", re.IGNORECASE)
LATER_PART = re.compile(r"(vol|chapter|episode|no)?0*([2-9]|[1-9][0-9])")  # of a title_key
LEAST_MAIN = 6  # letters; a shorter main title before the colon is too ambiguous


@lru_cache(maxsize=32_768)
def fold_words(text: str) -> tuple[str, ...]:
    """The words of a title in lower case, without accents and punctuation."""
    return tuple(normalise_title(text).translate(FOLD).split())


@lru_cache(maxsize=32_768)
def title_key(text: str) -> str:
    """One key for all spellings of a title: without article and blanks, numbers as digits."""
    words = [SHORT.get(word, word) for word in fold_words(text)]
    if len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return "".join(_normalise_word(words, index) for index in range(len(words)))


def _normalise_word(words: Sequence[str], index: int) -> str:
    """One word with numbers as digits and "Volume" as "vol"; "I" is a number only after "Part" or at the end."""
    word = words[index]
    is_counted = index > 0 and (words[index - 1] in NUMBERED or index == len(words) - 1)
    if word in DIGITS and (word not in ALONE_A_WORD or is_counted):
        return DIGITS[word]
    if word in WORDS and index > 0 and words[index - 1] in NUMBERED:
        return WORDS[word]
    if word in NUMBERED and index + 1 < len(words):
        return "" if NUMBERED[word] == "part" and _is_number(words[index + 1]) else NUMBERED[word]
    return word


def _is_number(word: str) -> bool:
    return word.isdigit() or word in DIGITS or word in WORDS


@lru_cache(maxsize=32_768)
def list_spellings(text: str) -> frozenset[str]:
    """The screen keys (see keys.py) that the title may have in the library, without blanks and accents."""
    words = fold_words(text)
    bare = words[1:] if len(words) > 1 and words[0] in ARTICLES else words
    choices = [_list_choices(bare, index) for index in range(len(bare))]
    prefixes = {"", "the", "".join(words[: len(words) - len(bare)])}
    spellings: set[str] = set()
    for chosen in product(*choices):
        spellings |= {prefix + "".join(chosen) for prefix in prefixes}
        if len(spellings) >= MOST_SPELLINGS:
            break
    return frozenset(spellings | {"".join(words)})


def _list_choices(words: Sequence[str], index: int) -> tuple[str, ...]:
    word = words[index]
    if word in DIGITS or word in ROMANS or word in WORDS:
        digits = DIGITS.get(word) or WORDS.get(word) or word
        return tuple(dict.fromkeys((word, digits, ROMANS.get(digits, digits))))
    if word in {"part", "pt"} and index > 0:
        return word, "part", "pt", ""
    if word in {"volume", "vol"}:
        return "volume", "vol"
    return tuple(dict.fromkeys((word, SHORT.get(word, word), LONG.get(word, word))))


def find_main_title(text: str) -> str:
    """The part before a colon or a dash; empty where the title has none."""
    first = MAIN_TITLE.split(text, maxsplit=1)[0]
    return first if first != text and len(title_key(first)) >= LEAST_MAIN else ""


def is_later_part(text: str) -> bool:
    """Whether the part after the colon is numbered from two on: "Nymphomaniac: Vol. II", "Che: Part Two"."""
    _, *rest = MAIN_TITLE.split(text, maxsplit=1)
    return bool(rest) and LATER_PART.fullmatch(title_key(rest[0])) is not None


def find_article(text: str) -> str:
    words = fold_words(text)
    return words[0] if len(words) > 1 and words[0] in ARTICLES else ""


PARTS = re.compile(r"\s(?:&|\+|and|feat\.?|ft\.?|featuring|with|vs\.?|x|/)\s|[,;]\s", re.IGNORECASE)


@lru_cache(maxsize=32_768)
def name_keys(name: str) -> frozenset[str]:
    """Keys of a name as a whole and of its parts: "Nick Cave & The Bad Seeds" matches Nick Cave, too."""
    parts = [part for part in PARTS.split(name) if part.strip()]
    return frozenset(key for part in (name, *parts) if (key := name_key(part)))


@lru_cache(maxsize=32_768)
def name_key(name: str) -> str:
    """The letters of a name: "The Cure" equals "Cure", "Run–D.M.C." equals "Run-DMC"."""
    words = fold_words(name)
    return "".join(words[1:] if len(words) > 1 and words[0] == "the" else words)
