"""Shared by importers of watch histories (films, series, clips): dates, ratings, ids, works. Knows no service."""

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
NO_TIME = datetime(2000, 1, 1, 12, tzinfo=UTC)  # given to events without a time, so that they count as old
IMDB_ID = re.compile(r"tt\d{5,10}")
USUAL_KINDS = {"tmdb": "film", "tvdb": "series"}  # the kind whose ids use the bare namespace; others append their kind
LONG_AGO = "long-ago"


def read_word(value: Any) -> str:
    """Cleaned text, or an integer as text; empty for any other value."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else ""
    return clean(value)


def read_when(value: Any) -> datetime | None:
    """An ISO date or time in a plausible year, in UTC to the second; None otherwise."""
    moment = read_date(value) if isinstance(value, str) and "-" in value[1:] else None
    if moment is None or not EARLIEST_YEAR < moment.year < LATEST_YEAR:
        return None
    return moment.astimezone(UTC).replace(microsecond=0)


def read_count(value: Any) -> int | None:
    """A non-negative integer; None for anything else."""
    number = read_number(value)
    return int(number) if number is not None and 0 <= number < MOST_NUMBER and number == int(number) else None


def read_rating(value: Any, top: float) -> float | None:
    """A rating scaled to 0..1; None for an empty value or 0, which means unrated. Raises ValueError out of range."""
    if value in (None, "") or (isinstance(value, str) and not value.strip()):
        return None
    number = read_number(value)
    if number is None or not 0 <= number <= top:
        raise ValueError(f"the rating {str(value)[:40]!r} is not between 0 and {top:g}")
    return number / top or None


def read_ids(kind: str, identifiers: Mapping[str, Any]) -> dict[str, str]:
    """IMDb, TMDB and TVDB ids as `ParsedWork.ids` holds them; see USUAL_KINDS for the namespaces."""
    ids = {}
    imdb = read_word(identifiers.get("imdb"))
    if IMDB_ID.fullmatch(imdb):
        ids["imdb"] = imdb
    for name, usual in USUAL_KINDS.items():
        number = read_word(identifiers.get(name))
        if number.isascii() and number.isdigit() and int(number) > 0:
            ids[name if kind == usual else f"{name}-{kind}"] = number
    return ids


def build_event(what: str, when: datetime | None, value: float | None = None) -> ParsedEvent:
    """An event; `finished` sets full progress, and a missing time is marked by its origin."""
    progress = 1.0 if what == "finished" else None
    return ParsedEvent(what, when or NO_TIME, value=value, progress=progress, origin="" if when else LONG_AGO)


def build_row(location: str, work: ParsedWork, events: Iterable[ParsedEvent], raw: Mapping[str, Any]) -> ParsedRow:
    return ParsedRow(location, work, events=tuple(events), raw=raw)


def build_episode(series: ParsedWork, title: str, season: int | None, number: int | None, **told: Any) -> ParsedWork:
    """An episode without a title is named by its numbers (S01E02)."""
    label = title or (f"S{season or 0:02}E{number:02}" if number is not None else "")
    return ParsedWork("episode", label, parent=series, season=season, number=number, **told)


def find_tables(source: Source, *needed: set[str]) -> list[str]:
    """Members that are tables with all columns of at least one of these sets."""
    members = list_members(source, (".csv", ".tsv", ".txt"))
    return [name for name in members if any(set(read_header(source, name)) >= columns for columns in needed)]
