"""What all histories of plays share: tracks from their names, times from numbers and words, how much was heard."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, clean
from mediarec.library.interactions import FINISHED_RATIO

EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100: outside of it a player's clock was not set
LEAST_SECONDS = 30.0  # below it the services themselves do not call it a play
LONGEST_RAW = 2_000
MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


def build_track(
    title: str,
    artists: tuple[str, ...],
    album: str = "",
    *,
    album_artists: tuple[str, ...] = (),
    seconds: float | None = None,
    ids: Mapping[str, str] | None = None,
) -> ParsedWork:
    people = {"artist": artists}
    parent = ParsedWork("album", album, people={"artist": album_artists or artists}) if album else None
    length = round(seconds) if seconds and seconds >= 1 else None
    return ParsedWork("track", title, people=people, runtime_seconds=length, parent=parent, ids=ids or {})


def read_text(value: Any) -> str:
    """Words, or nothing where something else stands."""
    return clean(value) if isinstance(value, str) else ""


def read_number(value: Any) -> float | None:
    """A number, also one written as words; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e18 else None


def read_epoch(value: Any, per_second: int = 1) -> datetime | None:
    """The second of a moment counted since 1970; None where that is not plausible."""
    number = read_number(value)
    if number is None or not EARLIEST <= number / per_second <= LATEST:
        return None
    return datetime.fromtimestamp(int(number // per_second), UTC)


def read_mbid(value: Any) -> dict[str, str]:
    """A recording's id at MusicBrainz, as a work keeps it."""
    word = read_text(value).lower()
    return {"musicbrainz": word} if MBID.fullmatch(word) else {}


def read_isrc(value: Any) -> dict[str, str]:
    word = read_text(value).upper().replace("-", "")
    return {"isrc": word} if ISRC.fullmatch(word) else {}


def build_play(when: datetime, heard: float | None = None, length: float | None = None) -> ParsedEvent:
    """A play; finished where so much of a known length was heard. `heard` and `length` in seconds."""
    if not heard or not length or heard <= 0 or length <= 0:
        return ParsedEvent("played", when)
    progress = min(1.0, round(heard / length, 4))
    return ParsedEvent("finished" if progress >= FINISHED_RATIO else "played", when, progress=progress)


def describe_missing(title: str, artist: str, when: datetime | None) -> str:
    """What a row lacks to be a play, or nothing."""
    if not title or not artist:
        return "no name of a track" if not title else "no artist"
    return "" if when else "no time that could be one of a play"


def keep_raw(row: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """What of a row is kept for people to look at: these names only, and no endless text."""
    return {name: _shorten(row[name]) for name in names if row.get(name) not in (None, "")}


def _shorten(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_RAW]
    return value if isinstance(value, bool | int | float) else str(value)[:LONGEST_RAW]


def reject(place: str, reason: str, raw: Mapping[str, Any] | None = None) -> ParsedRow:
    return ParsedRow(place, raw=raw or {}, problem=f"{place}: {reason}.")


def tell_left_out(name: str, left_out: Counter[str]) -> Iterator[ParsedRow]:
    """One row a reason for what a file holds and was left out on purpose."""
    for reason, count in left_out.items():
        yield ParsedRow(name, note=f"{name}: {count} rows left out: {reason}.")
