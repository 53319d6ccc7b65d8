"""Template descriptions without a language model: a work's facts in one or two plain sentences. Pure; invents nothing.

Deterministic: the same facts give the same words, and different works get different sentence patterns.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from recommender.items.cards import ItemFacts
from recommender.llm.grounding import MARKUP
from recommender.llm.vocabulary import PROMPT_LEAKS

TEMPLATE_VERSION = "1"
SYNOPSIS_CHARACTERS = 300
SHOWN_TAGS = 3
SHOWN_PEOPLE = 3
KIND_WORDS = {"film": "film", "series": "series", "episode": "episode", "track": "track", "album": "album",
              "video": "video"}  # fmt: skip
MAKER_PHRASES = (
    ("director", "directed by"),
    ("creator", "created by"),
    ("artist", "by"),
    ("composer", "composed by"),
    ("channel", "from"),
)
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def write_description(facts: ItemFacts) -> str:
    """The work's own synopsis where it has one, followed by a sentence of its known facts."""
    sentence = _verbalise_facts(facts)
    synopsis = shorten_synopsis(facts.synopsis)
    return f"{synopsis} {sentence}".strip() if synopsis else sentence


def shorten_synopsis(synopsis: str) -> str:
    """Its first whole sentences, without any that contain URLs, markup or instructions to a model."""
    sentences: list[str] = []
    for sentence in SENTENCE_END.split(" ".join(synopsis.split())):
        if not sentence or MARKUP.search(sentence) or any(leak in sentence.casefold() for leak in PROMPT_LEAKS):
            continue
        if len(" ".join([*sentences, sentence])) > SYNOPSIS_CHARACTERS:
            break
        sentences.append(sentence if sentence[-1] in ".!?…" else f"{sentence}.")
    return " ".join(sentences)


def _verbalise_facts(facts: ItemFacts) -> str:
    """One of three sentence patterns, chosen by a hash of the title so that it is stable."""
    patterns = (_start_with_kind, _start_with_year, _start_with_tags)
    index = hashlib.sha256(facts.title.encode("utf-8", "replace")).digest()[0] % len(patterns)
    text = patterns[index](facts)
    return text[0].upper() + text[1:]


def _start_with_kind(facts: ItemFacts) -> str:
    year = f" from {facts.year}" if facts.year else ""
    first = f"{_add_article(_kind_phrase(facts))}{year}{_makers_phrase(facts)}{_parent_phrase(facts)}."
    return _join_sentences(first, _tags_sentence(facts), _cast_sentence(facts))


def _start_with_year(facts: ItemFacts) -> str:
    kind = f"{facts.year} {_kind_phrase(facts)}" if facts.year else _kind_phrase(facts)
    first = f"{_add_article(kind)}{_makers_phrase(facts)}{_parent_phrase(facts)}"
    cast = _cast_names(facts)
    return _join_sentences(f"{first}, with {cast}." if cast else f"{first}.", _tags_sentence(facts))


def _start_with_tags(facts: ItemFacts) -> str:
    tags = _join_names(facts.tags[:SHOWN_TAGS])
    year = f" ({facts.year})" if facts.year else ""
    first = f"{_add_article(_kind_phrase(facts))}{year}{_makers_phrase(facts)}{_parent_phrase(facts)}"
    return _join_sentences(f"{first}, tagged {tags}." if tags else f"{first}.", _cast_sentence(facts))


def _kind_phrase(facts: ItemFacts) -> str:
    genres = " and ".join(genre.lower() for genre in facts.genres[:2])
    kind = KIND_WORDS.get(facts.kind, "work")
    return f"{genres} {kind}" if genres and not genres.endswith(kind) else genres or kind


def _add_article(words: str) -> str:
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"


def _makers_phrase(facts: ItemFacts) -> str:
    for role, phrase in MAKER_PHRASES:
        names = facts.people.get(role, ())
        if names:
            return f" {phrase} {_join_names(names[:SHOWN_PEOPLE])}"
    return ""


def _parent_phrase(facts: ItemFacts) -> str:
    return f", from {facts.parent_title}" if facts.parent_title else ""


def _cast_names(facts: ItemFacts) -> str:
    return _join_names(facts.people.get("actor", ())[:SHOWN_PEOPLE])


def _cast_sentence(facts: ItemFacts) -> str:
    cast = _cast_names(facts)
    return f"With {cast}." if cast else ""


def _tags_sentence(facts: ItemFacts) -> str:
    tags = _join_names(facts.tags[:SHOWN_TAGS])
    return f"Tagged {tags}." if tags else ""


def _join_names(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _join_sentences(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
