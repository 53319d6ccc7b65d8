"""Item cards: the text by which an item is embedded, described and trained. Pure; knows no database.

Training and serving must use the same text, so both call `build_card`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

CARD_VERSION = 1
MAX_PEOPLE_PER_ROLE = 5

ROLE_PHRASES: Mapping[str, str] = {
    "director": "Directed by",
    "creator": "Created by",
    "artist": "By",
    "composer": "Composed by",
    "actor": "With",
    "writer": "Written by",
    "channel": "Published by",
}


@dataclass(frozen=True)
class ItemFacts:
    """Known facts of one work, independent of tables. Contains no guesses."""

    kind: str
    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language: str = ""
    runtime_seconds: int | None = None
    parent_title: str = ""
    synopsis: str = ""
    measured: tuple[str, ...] = ()


def build_card(facts: ItemFacts) -> str:
    """Joins the facts into one text, the most informative first: encoders truncate after about 200 words."""
    lines = [_headline(facts)]
    if facts.genres:
        lines.append(", ".join(facts.genres) + ".")
    if facts.tags:
        lines.append("About: " + ", ".join(facts.tags) + ".")
    lines.extend(_people_lines(facts))
    if facts.synopsis:
        lines.append(facts.synopsis.strip())
    if facts.measured:
        lines.append("Measured: " + ", ".join(facts.measured) + ".")
    return "\n".join(lines)


def _headline(facts: ItemFacts) -> str:
    year = f" ({facts.year})" if facts.year else ""
    parent = f", from {facts.parent_title}" if facts.parent_title else ""
    return f"{facts.kind.capitalize()}: {facts.title}{year}{parent}."


def _people_lines(facts: ItemFacts) -> list[str]:
    return [
        f"{phrase} {', '.join(facts.people[role][:MAX_PEOPLE_PER_ROLE])}."
        for role, phrase in ROLE_PHRASES.items()
        if facts.people.get(role)
    ]
