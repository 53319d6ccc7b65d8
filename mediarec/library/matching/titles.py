"""Spellings of titles and names: what two of them share, and every spelling a title may stand under. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from mediarec.library.item_lookup import normalise_title

# Letters that Unicode does not take apart; FOLD_SQL in keys.py does the same inside the database.
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
LEAST_MAIN = 6  # letters a title before the colon needs to say anything


@lru_cache(maxsize=32_768)
def fold_words(text: str) -> tuple[str, ...]:
    """The words of a title without case, accents or punctuation."""
    return tuple(normalise_title(text).translate(FOLD).split())


@lru_cache(maxsize=32_768)
def title_key(text: str) -> str:
    """What all spellings of one title have in common: no article, numbers as digits, no blanks."""
    words = [SHORT.get(word, word) for word in fold_words(text)]
    if len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return "".join(_number(words, place) for place in range(len(words)))


def _number(words: Sequence[str], place: int) -> str:
    """One word, numbers as digits and "Volume" as "vol"; "I" is a number after "Part" or at the end only."""
    word = words[place]
    is_counted = place > 0 and (words[place - 1] in NUMBERED or place == len(words) - 1)
    if word in DIGITS and (word not in ALONE_A_WORD or is_counted):
        return DIGITS[word]
    if word in WORDS and place > 0 and words[place - 1] in NUMBERED:
        return WORDS[word]
    if word in NUMBERED and place + 1 < len(words):
        return "" if NUMBERED[word] == "part" and _is_number(words[place + 1]) else NUMBERED[word]
    return word


def _is_number(word: str) -> bool:
    return word.isdigit() or word in DIGITS or word in WORDS


@lru_cache(maxsize=32_768)
def list_spellings(text: str) -> frozenset[str]:
    """The title as it may stand in the library, as keys.py writes it there: without blanks and accents."""
    words = fold_words(text)
    bare = words[1:] if len(words) > 1 and words[0] in ARTICLES else words
    choices = [_list_choices(bare, place) for place in range(len(bare))]
    befores = {"", "the", "".join(words[: len(words) - len(bare)])}
    found: set[str] = set()
    for chosen in product(*choices):
        found |= {before + "".join(chosen) for before in befores}
        if len(found) >= MOST_SPELLINGS:
            break
    return frozenset(found | {"".join(words)})


def _list_choices(words: Sequence[str], place: int) -> tuple[str, ...]:
    word = words[place]
    if word in DIGITS or word in ROMANS or word in WORDS:
        digits = DIGITS.get(word) or WORDS.get(word) or word
        return tuple(dict.fromkeys((word, digits, ROMANS.get(digits, digits))))
    if word in {"part", "pt"} and place > 0:
        return word, "part", "pt", ""
    if word in {"volume", "vol"}:
        return "volume", "vol"
    return tuple(dict.fromkeys((word, SHORT.get(word, word), LONG.get(word, word))))


def find_main_title(text: str) -> str:
    """What stands before a colon or a dash; nothing where the title has no such part."""
    first = MAIN_TITLE.split(text, maxsplit=1)[0]
    return first if first != text and len(title_key(first)) >= LEAST_MAIN else ""


def is_later_part(text: str) -> bool:
    """ "Nymphomaniac: Vol. II", "Che: Part Two": what follows the colon counts from two on."""
    _, *rest = MAIN_TITLE.split(text, maxsplit=1)
    return bool(rest) and LATER_PART.fullmatch(title_key(rest[0])) is not None


def find_article(text: str) -> str:
    words = fold_words(text)
    return words[0] if len(words) > 1 and words[0] in ARTICLES else ""


PARTS = re.compile(r"\s(?:&|\+|and|feat\.?|ft\.?|featuring|with|vs\.?|x|/)\s|[,;]\s", re.IGNORECASE)


@lru_cache(maxsize=32_768)
def name_keys(name: str) -> frozenset[str]:
    """A maker as a whole and by its parts: "Nick Cave & The Bad Seeds" is Nick Cave, too."""
    parts = [part for part in PARTS.split(name) if part.strip()]
    return frozenset(key for part in (name, *parts) if (key := name_key(part)))


@lru_cache(maxsize=32_768)
def name_key(name: str) -> str:
    """A name's letters: "The Cure" and "Cure", "Run–D.M.C." and "Run-DMC" are the same."""
    words = fold_words(name)
    return "".join(words[1:] if len(words) > 1 and words[0] == "the" else words)
