"""What all histories of films, series and clips share: days, ratings, ids, works. Knows no service."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, clean, read_date
from mediarec.library.importers.delimited_text import list_members, read_header
from mediarec.library.importers.play_events import read_number
from mediarec.library.importers.source import Source

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
MOST_NUMBER = 100_000
NO_TIME = datetime(2000, 1, 1, 12, tzinfo=UTC)  # an event without a time counts as long ago
IMDB_ID = re.compile(r"tt\d{5,10}")
USUAL_KINDS = {"tmdb": "film", "tvdb": "series"}  # whose numbers go by the plain name; others name their kind
LONG_AGO = "long-ago"


def read_word(value: Any) -> str:
    """Words or a number as words; nothing where something else stands."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else ""
    return clean(value)


def read_when(value: Any) -> datetime | None:
    """An ISO date or time of a year that people who watch things live in."""
    found = read_date(value) if isinstance(value, str) and "-" in value[1:] else None
    if found is None or not EARLIEST_YEAR < found.year < LATEST_YEAR:
        return None
    return found.astimezone(UTC).replace(microsecond=0)


def read_count(value: Any) -> int | None:
    """A whole number from 0 on."""
    number = read_number(value)
    return int(number) if number is not None and 0 <= number < MOST_NUMBER and number == int(number) else None


def read_rating(value: Any, top: float) -> float | None:
    """A share of 0..1. Raises ValueError with what is wrong; None where nothing is said or 0 means nothing."""
    if value in (None, "") or (isinstance(value, str) and not value.strip()):
        return None
    number = read_number(value)
    if number is None or not 0 <= number <= top:
        raise ValueError(f"the rating {str(value)[:40]!r} is not between 0 and {top:g}")
    return number / top or None


def read_ids(kind: str, said: Mapping[str, Any]) -> dict[str, str]:
    """Ids as works keep them: the plain name for the kind that a catalogue is usually asked for."""
    found = {}
    imdb = read_word(said.get("imdb"))
    if IMDB_ID.fullmatch(imdb):
        found["imdb"] = imdb
    for name, usual in USUAL_KINDS.items():
        number = read_word(said.get(name))
        if number.isascii() and number.isdigit() and int(number) > 0:
            found[name if kind == usual else f"{name}-{kind}"] = number
    return found


def build_event(what: str, when: datetime | None, value: float | None = None) -> ParsedEvent:
    """Finished means seen to the end. What has no time is marked so."""
    progress = 1.0 if what == "finished" else None
    return ParsedEvent(what, when or NO_TIME, value=value, progress=progress, origin="" if when else LONG_AGO)


def build_row(place: str, work: ParsedWork, events: Iterable[ParsedEvent], raw: Mapping[str, Any]) -> ParsedRow:
    return ParsedRow(place, work, events=tuple(events), raw=raw)


def build_episode(series: ParsedWork, title: str, season: int | None, number: int | None, **told: Any) -> ParsedWork:
    """An episode without a name is called by its numbers."""
    named = title or (f"S{season or 0:02}E{number:02}" if number is not None else "")
    return ParsedWork("episode", named, parent=series, season=season, number=number, **told)


def find_tables(source: Source, *needed: set[str]) -> list[str]:
    """Tables that have all columns of one of these sets."""
    members = list_members(source, (".csv", ".tsv", ".txt"))
    return [name for name in members if any(set(read_header(source, name)) >= columns for columns in needed)]
