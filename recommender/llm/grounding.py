"""Checks sentences against the facts they were written from. Pure; knows no model. What fails is not shown.

Strict on purpose: a true sentence that is refused costs a plainer one, a false one that passes costs trust.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from recommender.language.stemming import fold_number, stem
from recommender.llm.vocabulary import (
    CLAIM_WORDS,
    GENRES,
    KINDS,
    NEUTRAL_WORDS,
    NUMBER_WORDS,
    PROMPT_LEAKS,
    ROLE_PHRASES,
    SENTENCE_OPENERS,
    TITLE_SAFE,
)

LONGEST_TEXT = 420
MOST_SENTENCES = 4
_GENRES = frozenset(map(fold_number, GENRES))
_KINDS = {fold_number(word): kind for word, kind in KINDS.items()}
MARKUP = re.compile(
    r"[<>{}|`\\]|\*\*|__|\]\(|^\s*[#*-]\s|https?:|www\.|\b[\w-]+\.(?:com|net|org|io|co|info|tv|xyz)\b", re.I | re.M
)
WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*['’]?", re.UNICODE)
PART_OF_DECADE = re.compile(r"\b(?:early|mid|middle|late)[ -](?:of the )?(?:\d{2,4}s|\w+ century)", re.I)
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’']?\s+|\n+")


def check_sentence(text: str, facts: Sequence[str]) -> list[str]:
    """Problems as short sentences, [] when every name, title, number and genre stands in the facts.

    `facts` are "key: value" lines, the only things that may be said.
    """
    known = _Facts(facts)
    return [
        *_check_shape(text),
        *_check_leaks(text),
        *_check_numbers(text, known),
        *_check_names(text, known),
        *_check_roles(text, known),
        *_check_vocabulary(text, known),
        *_check_new_words(text, known),
    ]


class _Facts:
    """The facts in the forms the checks compare with."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.joined = " | ".join(_fold(line) for line in lines)
        self.pieces = [split_words(piece) for line in lines for piece in re.split(r"[,;|()\n]", line)]
        self.pieces += [split_words(line.partition(":")[2]) for line in lines]
        self.words = {word for piece in self.pieces for word in piece}
        self.numbers = {number for line in lines for number in re.findall(r"\d+", line)}
        self.by_key: dict[str, list[list[str]]] = {}
        for line in lines:
            key, _, value = line.partition(":")
            self.by_key.setdefault(_fold(key).strip(), []).extend(split_words(name) for name in value.split(","))

    def has_phrase(self, words: Sequence[str]) -> bool:
        """Whether the words stand together, in this order, in one fact."""
        return any(_holds(piece, words) for piece in self.pieces)


def _check_shape(text: str) -> list[str]:
    if not text.strip():
        return ["It is empty."]
    problems = []
    if len(text) > LONGEST_TEXT or len([part for part in SENTENCE_END.split(text.strip()) if part]) > MOST_SENTENCES:
        problems.append("It is too long.")
    if text.strip()[-1] not in ".!?…”\"'’":
        problems.append("It breaks off.")
    if MARKUP.search(text):
        problems.append("It holds an address or markup.")
    return problems


def _check_leaks(text: str) -> list[str]:
    """Talk about the task instead of the work: a sign that the facts were taken for instructions."""
    folded = _fold(text)
    return [f"It says “{leak}”." for leak in PROMPT_LEAKS if re.search(rf"\b{re.escape(leak)}\b", folded)]


def _check_numbers(text: str, known: _Facts) -> list[str]:
    problems = []
    for number, decade in re.findall(r"(\d+)(s\b)?", text):
        in_decade = decade and any(len(year) == 4 and year[:3] == number[:3] for year in known.numbers)
        if number not in known.numbers and not in_decade:
            problems.append(f"The number {number} is not among the facts.")
    parts = [match.group() for match in PART_OF_DECADE.finditer(text)]
    problems += [f"“{part}” is not among the facts." for part in parts if _fold(part) not in known.joined]
    spoken = [word for word in split_words(text) if word in NUMBER_WORDS and word not in known.words]
    return problems + [f"The number “{word}” is not among the facts." for word in spoken]


def _check_names(text: str, known: _Facts) -> list[str]:
    """Every run of capitalised words must stand in one fact as it is."""
    problems = []
    for run in _find_capitalised(text):
        folded = [_fold_word(word) for word in run]
        if not known.has_phrase(folded):
            problems.append(f"“{' '.join(run)}” is not among the facts.")
    return problems


def _find_capitalised(text: str) -> Iterable[list[str]]:
    for sentence in SENTENCE_END.split(text):
        words = list(WORD.finditer(sentence))
        run: list[str] = []
        end = 0
        for place, match in enumerate(words):
            word = match.group()
            is_plain = not word[0].isupper() or (place == 0 and _fold_word(word) in SENTENCE_OPENERS)
            between = sentence[end : match.start()]
            if run and (is_plain or between.strip()):
                yield run
                run = []
            if not is_plain and _fold_word(word) not in TITLE_SAFE:
                run.append(word)
            end = match.end()
        if run:
            yield run


def _check_roles(text: str, known: _Facts) -> list[str]:
    """“directed by” may only be followed by a director."""
    problems = []
    for phrase, role in ROLE_PHRASES.items():
        pattern = rf"\b{phrase}\s+((?:[^\W\d_a-z][\w'’.-]*\s?)+)"
        for match in (found for sentence in SENTENCE_END.split(text) for found in re.finditer(pattern, sentence)):
            named = split_words(match.group(1))
            if named and not any(_holds(name, named) for name in known.by_key.get(role, [])):
                problems.append(f"“{match.group().strip()}” is not what the facts say.")
    return problems


def _check_vocabulary(text: str, known: _Facts) -> list[str]:
    """A genre, a kind of work or a claim of fame that no fact mentions."""
    problems = []
    allowed = {fold_number(word) for word in known.words}
    for key, word in {fold_number(word): word for word in split_words(text)}.items():
        if key in _GENRES and key not in allowed:
            problems.append(f"The genre “{word}” is not among the facts.")
        group = _KINDS.get(key)
        if group and not any(kind in allowed for kind, other in _KINDS.items() if other == group):
            problems.append(f"The facts do not call it “{word}”.")
    folded = _fold(text)
    claims = [
        claim
        for claim in CLAIM_WORDS
        if re.search(rf"\b{claim}\b", folded) and not re.search(rf"\b{claim}\b", known.joined)
    ]
    return problems + [f"The claim “{claim}” is not among the facts." for claim in claims]


def _check_new_words(text: str, known: _Facts) -> list[str]:
    """A word that is neither plain nor derived from one in the facts is a statement that nobody made."""
    stems = {stem(word) for word in known.words}
    new = dict.fromkeys(
        word
        for word in split_words(text)
        if word not in NEUTRAL_WORDS
        and word not in SENTENCE_OPENERS
        and not word[0].isdigit()
        and stem(word) not in stems
    )
    return [f"It says more than the facts do: {', '.join(new)}."] if new else []


def _holds(piece: Sequence[str], words: Sequence[str]) -> bool:
    size = len(words)
    return any(list(piece[start : start + size]) == list(words) for start in range(len(piece) - size + 1))


def split_words(text: str) -> list[str]:
    """As the checks compare them: without case, accents and a possessive ending."""
    return [_fold_word(match.group()) for match in WORD.finditer(text)]


def _fold_word(word: str) -> str:
    """Without case, accents and a possessive ending."""
    return re.sub(r"['’]s?$", "", _fold(word)).replace("’", "'")


def _fold(text: str) -> str:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return plain.casefold()
