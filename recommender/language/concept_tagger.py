"""Concept tagging: genres, moods, kinds and languages in a sentence, misspelt ones too. Pure; knows no tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from recommender.language.lexicon import COMPOUND_CONCEPTS, KINDS, LANGUAGES, MOODS, STOP_WORDS, TOPICS

LONGEST_WORDS = 5
LONG_WORD = 10  # letters from which an edit distance of 2 is unambiguous
MISSPELT_FROM = 5  # letters; shorter words are too similar to one another to correct
WORD = re.compile(r"[^\W_]['’\w&-]*", re.UNICODE)
# "the kids are here" describes the situation, not the request.
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
    """A span of the lower-case text and its concept: `words[0]` and the labels that count as it; `said` is the span."""

    start: int
    end: int
    type: ConceptType
    words: tuple[str, ...]
    phrase: str


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
    """All mentions in text order, longest match first; a kind may overlap a genre ("sitcom")."""
    text = SAID_OF_PEOPLE.sub(lambda match: "," * len(match[0]), text)
    words = [(word.start(), word.end()) for word in WORD.finditer(text)]
    spans: list[tuple[int, int]] = []
    mentions: list[ConceptMention] = []
    for length in range(LONGEST_WORDS, 0, -1):
        for first in range(len(words) - length + 1):
            start, end = words[first][0], words[first + length - 1][1]
            phrase = text[start:end].strip("'")
            if any(start < other_end and other_start < end for other_start, other_end in spans):
                continue
            if concepts := _look_up(phrase, known_words):
                spans.append((start, end))
                mentions += [ConceptMention(start, end, kind, labels, phrase) for kind, labels in concepts]
    return sorted([*mentions, *_find_kinds(text, words, spans)], key=lambda mention: mention.start)


def _look_up(phrase: str, known_words: frozenset[str]) -> list[tuple[ConceptType, tuple[str, ...]]]:
    for spelling in _spellings(phrase, known_words):
        concepts = [(kind, table[spelling]) for kind, table in _TABLES if spelling in table][:1]
        if spelling in COMPOUND_CONCEPTS:
            concepts.append((ConceptType.TOPIC, COMPOUND_CONCEPTS[spelling]))
        if concepts:
            return concepts
        if spelling in known_words and spelling not in STOP_WORDS and spelling not in KINDS:
            return [(ConceptType.TOPIC, (spelling,))]
    return []


def _spellings(phrase: str, known_words: frozenset[str]) -> list[str]:
    """The phrase unchanged, in the singular, and for a single unknown word the nearest word of the lexicon."""
    spellings = [phrase, phrase.removesuffix("'s")]
    if phrase.endswith("s"):
        spellings.append(phrase[:-1])
    if " " not in phrase and (corrected := correct_spelling(phrase, known_words)):
        spellings.append(corrected)
    return spellings


def correct_spelling(word: str, known_words: frozenset[str]) -> str:
    """The lexicon word within edit distance 1 (2 for long words) of an unknown word; empty without one."""
    singular = word.removesuffix("s")
    if len(word) < MISSPELT_FROM or {word, singular} & (_KNOWN | known_words):
        return ""
    cutoff = 1 if len(word) < LONG_WORD else 2
    near = process.extractOne(word, _VOCABULARY, scorer=OSA.distance, score_cutoff=cutoff)
    return str(near[0]) if near and near[0][0] == word[0] else ""


def _find_kinds(text: str, words: list[tuple[int, int]], spans: list[tuple[int, int]]) -> list[ConceptMention]:
    """Kinds outside longer mentions: the "film" in "film noir" is part of the genre."""
    mentions = []
    for start, end in words:
        word = text[start:end].removesuffix("'s")
        kind = word if word in KINDS else correct_spelling(word, frozenset())
        is_inside = any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)
        if kind in KINDS and not is_inside:
            mentions.append(ConceptMention(start, end, ConceptType.KIND, KINDS[kind], kind))
    return mentions
