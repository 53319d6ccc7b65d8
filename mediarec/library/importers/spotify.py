"""Spotify's account data and extended streaming history. Addresses, devices, user names and countries are dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ReadOptions
from mediarec.library.importers.delimited_text import list_members
from mediarec.library.importers.json_stream import first_entry, read_entries
from mediarec.library.importers.play_events import (
    LEAST_SECONDS,
    Play,
    build_track,
    keep_raw,
    read_number,
    read_text,
    reject,
    report_skipped,
)
from mediarec.library.importers.source import Source

ACCOUNT = {"endTime", "msPlayed"}
EXTENDED = {"ts", "ms_played"}
TRACK, ARTIST, ALBUM = (f"master_metadata_{name}" for name in ("track_name", "album_artist_name", "album_album_name"))
TRACK_URI = "spotify:track:"
SKIP_REASONS = frozenset({"fwdbtn", "backbtn", "clickrow", "clickside", "endplay", "nextbtn", "prevbtn"})
DONE = "trackdone"
KEPT = (
    *("ts", "ms_played", TRACK, ARTIST, ALBUM, "spotify_track_uri", "reason_start", "reason_end", "shuffle", "skipped"),
    *("endTime", "msPlayed", "artistName", "trackName"),
)
TOO_SHORT = "heard for less than 30 seconds, and nothing says that they were skipped"
PRIVATE = "played in a private session"
SPOKEN = "podcasts and audiobooks, which are not supported"
COVERED_BY_EXTENDED = "already covered by the extended history"


class SpotifyImporter:
    name = "spotify"
    label = "a Spotify export"

    def recognises(self, source: Source) -> bool:
        return any(_is_history(source, name) for name in list_members(source, (".json",)))

    def count_rows(self, source: Source) -> int:
        return 0  # entries are not lines; counting them takes as long as reading them

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        """The extended history first: it has more detail, so the account history only adds what is newer."""
        columns = {name: first_entry(source, name).keys() for name in list_members(source, (".json",))}
        latest = ""
        for name in (name for name, keys in columns.items() if keys >= EXTENDED):
            left_out: Counter[str] = Counter()
            for number, entry, problem in read_entries(source, name):
                location = f"{name}, entry {number}"
                latest = max(latest, _sortable_end(entry))
                row = reject(location, problem) if problem else _read_extended(location, entry, left_out)
                if row:
                    yield row
            yield from report_skipped(name, left_out)
        for name in (name for name, keys in columns.items() if keys >= ACCOUNT):
            yield from _read_account_file(source, name, latest)


def _is_history(source: Source, name: str) -> bool:
    keys = first_entry(source, name).keys()
    return (keys >= ACCOUNT and "trackName" in keys) or (keys >= EXTENDED and TRACK in keys)


def _sortable_end(entry: Any) -> str:
    """The end of a play as text that sorts by time; empty where it cannot be read."""
    text = read_text(entry.get("ts")) if isinstance(entry, dict) else ""
    return text.replace("T", " ")[:16] if _read_end_time(text) else ""


@lru_cache(maxsize=8)  # called twice per entry
def _read_end_time(text: str) -> datetime | None:
    """The end of a play; account data has minutes and no zone, which means UTC."""
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None
    if not 2000 <= moment.year <= 2100:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _read_extended(location: str, entry: Any, left_out: Counter[str]) -> ParsedRow | None:
    """None for an entry that is skipped on purpose, which is counted."""
    if not isinstance(entry, dict):
        return reject(location, "expected an object with ts and ms_played")
    if entry.get("incognito_mode") is True:
        left_out[PRIVATE] += 1
        return None
    raw = keep_raw(entry, KEPT)
    title, artist = read_text(entry.get(TRACK)), read_text(entry.get(ARTIST))
    if not title and _is_spoken(entry):
        left_out[SPOKEN] += 1
        return None
    seconds, end = _read_seconds(entry.get("ms_played")), _read_end_time(read_text(entry.get("ts")))
    if seconds is None or end is None or not title or not artist:
        return reject(location, _find_problem(title, artist, seconds, "2024-05-31T20:15:00Z"), raw)
    event = _build_event(entry, seconds, end)
    if event is None:
        left_out[TOO_SHORT] += 1
        return None
    work = build_track(Play(title, (artist,), end, album=read_text(entry.get(ALBUM)), ids=_read_id(entry)))
    return ParsedRow(location, work, events=(event,), raw=raw)


def _is_spoken(entry: Mapping[str, Any]) -> bool:
    names = ("episode_name", "spotify_episode_uri", "audiobook_title", "audiobook_uri", "audiobook_chapter_uri")
    return any(entry.get(name) for name in names)


def _read_seconds(value: Any) -> float | None:
    milliseconds = read_number(value)
    return milliseconds / 1000 if milliseconds is not None and 0 <= milliseconds < 1e9 else None


def _find_problem(title: str, artist: str, seconds: float | None, example: str) -> str:
    if not title or not artist:
        return "no track title" if not title else "no artist"
    if seconds is None:
        return "it does not say how many milliseconds were played"
    return f"its time is not one like {example}"


def _build_event(entry: Mapping[str, Any], seconds: float, end: datetime) -> ParsedEvent | None:
    """The export has the end of a play, the event its start. The length of a track is not given, but its end reason
    says whether it was played to the end."""
    start = (end - timedelta(seconds=seconds)).replace(microsecond=0)
    end_reason = read_text(entry.get("reason_end")).lower()
    if end_reason == DONE and seconds > 0:
        return ParsedEvent("finished", start, progress=1.0)
    if seconds >= LEAST_SECONDS:
        return ParsedEvent("played", start)
    is_skipped = entry.get("skipped") is True or end_reason in SKIP_REASONS
    return ParsedEvent("skipped", start) if is_skipped else None


def _read_id(entry: Mapping[str, Any]) -> dict[str, str]:
    uri = read_text(entry.get("spotify_track_uri"))
    track_id = uri.removeprefix(TRACK_URI)
    return {"spotify": track_id} if uri.startswith(TRACK_URI) and track_id.isalnum() else {}


def _read_account_file(source: Source, name: str, latest: str) -> Iterator[ParsedRow]:
    left_out: Counter[str] = Counter()
    for number, entry, problem in read_entries(source, name):
        location = f"{name}, entry {number}"
        row = reject(location, problem) if problem else _read_account(location, entry, latest, left_out)
        if row:
            yield row
    yield from report_skipped(name, left_out)


def _read_account(location: str, entry: Any, latest: str, left_out: Counter[str]) -> ParsedRow | None:
    if not isinstance(entry, dict):
        return reject(location, "expected an object with endTime and msPlayed")
    raw, end_text = keep_raw(entry, KEPT), read_text(entry.get("endTime"))
    if not entry.get("trackName") and entry.get("podcastName"):
        left_out[SPOKEN] += 1
        return None
    title, artist = read_text(entry.get("trackName")), read_text(entry.get("artistName"))
    seconds, end = _read_seconds(entry.get("msPlayed")), _read_end_time(end_text)
    if seconds is None or end is None or not title or not artist:
        return reject(location, _find_problem(title, artist, seconds, "2024-05-31 20:15"), raw)
    if end_text <= latest or seconds < LEAST_SECONDS:
        left_out[COVERED_BY_EXTENDED if end_text <= latest else TOO_SHORT] += 1
        return None
    start = (end - timedelta(seconds=seconds)).replace(microsecond=0)
    return ParsedRow(
        location, build_track(Play(title, (artist,), start)), events=(ParsedEvent("played", start),), raw=raw
    )
