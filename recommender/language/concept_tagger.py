"""Where a sentence names a genre, a mood, a kind or a language, misspelt ones too. Pure; knows no tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from recommender.language.lexicon import KINDS, LANGUAGES, MOODS, STOP_WORDS, TOPICS, TWO_AT_ONCE

LONGEST_WORDS = 5
LONG_WORD = 10  # letters from which two slips still leave no doubt
MISSPELT_FROM = 5  # letters: shorter words are too close to one another
WORD = re.compile(r"[^\W_]['’\w&-]*", re.UNICODE)
# "the kids are here" says who is there, not what is wanted.
SAID_OF_PEOPLE = re.compile(r"\b(?:the )?(?:kids|children) (?:are|is|sleep|were)\b")


class ConceptType(StrEnum):
    TOPIC = "topic"
    MOOD = "mood"
    KIND = "kind"
    LANGUAGE = "language"
    PERSON = "person"
    TITLE = "title"


@dataclass(frozen=True)
class ConceptMention:
    """A stretch of the lowered text and what it stands for; `words[0]` is the concept."""

    start: int
    end: int
    type: ConceptType
    words: tuple[str, ...]
    said: str


_TABLES: tuple[tuple[ConceptType, Mapping[str, tuple[str, ...]]], ...] = (
    (ConceptType.TOPIC, TOPICS),
    (ConceptType.MOOD, MOODS),
    (ConceptType.LANGUAGE, LANGUAGES),
)
_VOCABULARY = sorted(
    {
        word
        for table in (TOPICS, MOODS, LANGUAGES, KINDS)
        for word in table
        if word.isalpha() and len(word) >= MISSPELT_FROM
    }
)
_KNOWN = STOP_WORDS | set(TOPICS) | set(MOODS) | set(LANGUAGES) | set(KINDS)


def tag_concepts(text: str, known_words: frozenset[str]) -> list[ConceptMention]:
    """Everything named, longest sayings first where two overlap; kinds may overlap a genre ("sitcom")."""
    text = SAID_OF_PEOPLE.sub(lambda match: "," * len(match[0]), text)
    words = [(word.start(), word.end()) for word in WORD.finditer(text)]
    taken: list[tuple[int, int]] = []
    marks: list[ConceptMention] = []
    for length in range(LONGEST_WORDS, 0, -1):
        for place in range(len(words) - length + 1):
            start, end = words[place][0], words[place + length - 1][1]
            said = text[start:end].strip("'")
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if own := _look_up(said, known_words):
                taken.append((start, end))
                marks += [ConceptMention(start, end, what, group, said) for what, group in own]
    return sorted([*marks, *_find_kinds(text, words, taken)], key=lambda mark: mark.start)


def _look_up(said: str, known_words: frozenset[str]) -> list[tuple[ConceptType, tuple[str, ...]]]:
    for spelling in _spellings(said, known_words):
        found = [(what, table[spelling]) for what, table in _TABLES if spelling in table][:1]
        if spelling in TWO_AT_ONCE:
            found.append((ConceptType.TOPIC, TWO_AT_ONCE[spelling]))
        if found:
            return found
        if spelling in known_words and spelling not in STOP_WORDS and spelling not in KINDS:
            return [(ConceptType.TOPIC, (spelling,))]
    return []


def _spellings(said: str, known_words: frozenset[str]) -> list[str]:
    """As it stands, in the singular, and for one unknown word the nearest one of the lexicon."""
    tried = [said, said.removesuffix("'s")]
    if said.endswith("s"):
        tried.append(said[:-1])
    if " " not in said and (mended := correct_spelling(said, known_words)):
        tried.append(mended)
    return tried


def correct_spelling(word: str, known_words: frozenset[str]) -> str:
    """The lexicon's word one slip away (two in long words) from an unknown one; empty where there is none."""
    singular = word.removesuffix("s")
    if len(word) < MISSPELT_FROM or {word, singular} & (_KNOWN | known_words):
        return ""
    slips = 1 if len(word) < LONG_WORD else 2
    near = process.extractOne(word, _VOCABULARY, scorer=OSA.distance, score_cutoff=slips)
    return str(near[0]) if near and near[0][0] == word[0] else ""


def _find_kinds(text: str, words: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[ConceptMention]:
    """Kinds outside of longer sayings: the "film" of "film noir" is part of the genre."""
    marks = []
    for start, end in words:
        said = text[start:end].removesuffix("'s")
        kind = said if said in KINDS else correct_spelling(said, frozenset())
        inside = any(a <= start and end <= b and (a, b) != (start, end) for a, b in taken)
        if kind in KINDS and not inside:
            marks.append(ConceptMention(start, end, ConceptType.KIND, KINDS[kind], kind))
    return marks
