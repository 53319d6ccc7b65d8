"""Descriptions without a language model: a work's facts in one or two plain sentences. Pure; invents nothing.

The same facts always give the same words; different works get different sentence patterns.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from recommender.items.cards import ItemFacts
from recommender.llm.grounding import MARKUP
from recommender.llm.vocabulary import LEAKS

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
    """The work's own synopsis where it has one, then what is known as a sentence."""
    known = _say_facts(facts)
    synopsis = shorten_synopsis(facts.synopsis)
    return f"{synopsis} {known}".strip() if synopsis else known


def shorten_synopsis(synopsis: str) -> str:
    """Its first whole sentences. Addresses, markup and talk to a machine are no description and are left out."""
    kept: list[str] = []
    for sentence in SENTENCE_END.split(" ".join(synopsis.split())):
        if not sentence or MARKUP.search(sentence) or any(leak in sentence.casefold() for leak in LEAKS):
            continue
        if len(" ".join([*kept, sentence])) > SYNOPSIS_CHARACTERS:
            break
        kept.append(sentence if sentence[-1] in ".!?…" else f"{sentence}.")
    return " ".join(kept)


def _say_facts(facts: ItemFacts) -> str:
    """One of three orders, chosen by the title so that it stays the same."""
    patterns = (_start_with_kind, _start_with_year, _start_with_tags)
    choice = hashlib.sha256(facts.title.encode("utf-8", "replace")).digest()[0] % len(patterns)
    text = patterns[choice](facts)
    return text[0].upper() + text[1:]


def _start_with_kind(facts: ItemFacts) -> str:
    year = f" from {facts.year}" if facts.year else ""
    first = f"{_add_article(_name_kind(facts))}{year}{_name_makers(facts)}{_name_parent(facts)}."
    return _join(first, _tell_tags(facts), _tell_cast(facts))


def _start_with_year(facts: ItemFacts) -> str:
    kind = f"{facts.year} {_name_kind(facts)}" if facts.year else _name_kind(facts)
    first = f"{_add_article(kind)}{_name_makers(facts)}{_name_parent(facts)}"
    cast = _list_cast(facts)
    return _join(f"{first}, with {cast}." if cast else f"{first}.", _tell_tags(facts))


def _start_with_tags(facts: ItemFacts) -> str:
    tags = _list_names(facts.tags[:SHOWN_TAGS])
    year = f" ({facts.year})" if facts.year else ""
    first = f"{_add_article(_name_kind(facts))}{year}{_name_makers(facts)}{_name_parent(facts)}"
    return _join(f"{first}, tagged {tags}." if tags else f"{first}.", _tell_cast(facts))


def _name_kind(facts: ItemFacts) -> str:
    genres = " and ".join(genre.lower() for genre in facts.genres[:2])
    kind = KIND_WORDS.get(facts.kind, "work")
    return f"{genres} {kind}" if genres and not genres.endswith(kind) else genres or kind


def _add_article(words: str) -> str:
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"


def _name_makers(facts: ItemFacts) -> str:
    for role, phrase in MAKER_PHRASES:
        names = facts.people.get(role, ())
        if names:
            return f" {phrase} {_list_names(names[:SHOWN_PEOPLE])}"
    return ""


def _name_parent(facts: ItemFacts) -> str:
    return f", from {facts.parent_title}" if facts.parent_title else ""


def _list_cast(facts: ItemFacts) -> str:
    return _list_names(facts.people.get("actor", ())[:SHOWN_PEOPLE])


def _tell_cast(facts: ItemFacts) -> str:
    cast = _list_cast(facts)
    return f"With {cast}." if cast else ""


def _tell_tags(facts: ItemFacts) -> str:
    tags = _list_names(facts.tags[:SHOWN_TAGS])
    return f"Tagged {tags}." if tags else ""


def _list_names(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
