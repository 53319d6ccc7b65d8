"""Shared by importers of listening histories: tracks from names, times from numbers and text, progress of a play."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from mediarec.library.importers.base import (
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_SECONDS,
    ParsedEvent,
    ParsedRow,
    ParsedWork,
    clean,
)
from mediarec.library.interactions import is_finished

EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100: outside this range the player's clock was not set
LEAST_SECONDS = 30.0  # the services themselves do not count shorter ones as plays
LONGEST_RAW = 2_000
MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
NAMED_DAY = re.compile(
    r"(?P<day>\d\d?) (?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (?P<year>\d{4}),? (?P<time>\S+)",
    re.IGNORECASE,
)
DAY_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


@dataclass(frozen=True)
class Play:
    """One play as a service reports it; `heard` and `length` in seconds, None where unknown. `what` overrides the
    interaction type where the event is not a play."""

    title: str
    artists: tuple[str, ...]
    when: datetime | None
    album: str = ""
    album_artists: tuple[str, ...] = ()
    played_seconds: float | None = None
    track_seconds: float | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    what: str = ""


def build_row(location: str, play: Play, raw: Mapping[str, Any]) -> ParsedRow:
    """The play as a row; a rejected row where a name or the time is missing."""
    if not play.title or not any(play.artists):
        return reject(location, "no artist" if play.title else "no track title", raw)
    if play.when is None:
        return reject(location, "no plausible time", raw)
    event = (
        ParsedEvent(play.what, play.when)
        if play.what
        else _build_event(play.when, play.played_seconds, play.track_seconds)
    )
    return ParsedRow(location, build_track(play), events=(event,), raw=raw)


def build_track(play: Play) -> ParsedWork:
    """A track with its album as parent. Equal plays share one object, so that callers can cache by identity."""
    artists = tuple(name[:LONGEST_NAME] for name in play.artists if name)
    album_artists = tuple(name[:LONGEST_NAME] for name in play.album_artists) or artists
    length = round(play.track_seconds) if play.track_seconds and 1 <= play.track_seconds < MOST_SECONDS else None
    return _make_track(
        play.title[:LONGEST_TITLE], artists, (play.album[:LONGEST_TITLE], album_artists), length, (*play.ids.items(),)
    )


@lru_cache(maxsize=16_384)
def _make_track(
    title: str,
    artists: tuple[str, ...],
    album: tuple[str, tuple[str, ...]],
    seconds: int | None,
    ids: tuple[tuple[str, str], ...],
) -> ParsedWork:
    album_title, album_artists = album
    parent = ParsedWork("album", album_title, people={"artist": album_artists}) if album_title else None
    people = {"artist": artists}
    return ParsedWork("track", title, people=people, runtime_seconds=seconds, parent=parent, ids=dict(ids))


def _build_event(when: datetime, heard: float | None, length: float | None) -> ParsedEvent:
    """Played, or finished where enough of a known length was heard (see `is_finished`)."""
    if not heard or not length or heard <= 0 or length <= 0:
        return ParsedEvent("played", when)
    progress = min(1.0, round(heard / length, 4))
    return ParsedEvent("finished" if is_finished(progress) else "played", when, progress=progress)


def read_text(value: Any) -> str:
    """Cleaned text; empty for a value that is not a string."""
    return clean(value) if isinstance(value, str) else ""


def read_number(value: Any) -> float | None:
    """A number or a numeric string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e18 else None


def read_epoch(value: Any, per_second: int = 1) -> datetime | None:
    """A time from seconds since 1970, or fractions of them (`per_second`); None where it is not plausible."""
    number = read_number(value)
    if number is None or not EARLIEST <= number / per_second <= LATEST:
        return None
    return datetime.fromtimestamp(int(number // per_second), UTC)


def read_moment(text: str) -> datetime | None:
    """A date with a time in common notations: 2024-05-31 20:15, 31 May 2024, 20:15, or ISO. No zone means UTC."""
    word = text.strip()
    if match := NAMED_DAY.fullmatch(word):
        month = MONTHS.find(match["month"].lower()) // 3 + 1
        word = f"{match['year']}-{month:02}-{int(match['day']):02} {match['time']}"
    if not DAY_AND_TIME.match(word):
        return None
    try:
        moment = datetime.fromisoformat(word.removesuffix("UTC").rstrip())
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return read_epoch(moment.timestamp()) if 1990 <= moment.year <= 2100 else None


def read_mbid(value: Any) -> dict[str, str]:
    """A MusicBrainz recording id as `ParsedWork.ids` holds it; empty where the value is none."""
    word = read_text(value).lower()
    return {"musicbrainz": word} if MBID.fullmatch(word) else {}


def read_isrc(value: Any) -> dict[str, str]:
    word = read_text(value).upper().replace("-", "")
    return {"isrc": word} if ISRC.fullmatch(word) else {}


def keep_raw(row: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The fields of a row that are stored for review: these names only, text cut to LONGEST_RAW."""
    raw = {}
    for name in names:
        value = row.get(name)
        if value is not None and value != "":
            raw[name] = value if isinstance(value, bool | int | float) else str(value)[:LONGEST_RAW]
    return raw


def reject(location: str, reason: str, raw: Mapping[str, Any] | None = None) -> ParsedRow:
    return ParsedRow(location, raw=raw or {}, problem=f"{location}: {reason}.")


def report_skipped(name: str, left_out: Counter[str]) -> Iterator[ParsedRow]:
    """One note per reason for rows of a file that were skipped on purpose."""
    for reason, count in left_out.items():
        yield ParsedRow(name, note=f"{name}: {count} rows left out: {reason}.")
