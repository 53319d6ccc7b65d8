"""Pano Scrobbler's log: JSON lines, or a table with the same column names. The player is not stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.delimited_text import list_members, read_header, read_table
from mediarec.library.importers.json_stream import read_json_lines
from mediarec.library.importers.play_events import (
    Play,
    build_row,
    keep_raw,
    read_epoch,
    read_number,
    read_text,
    reject,
    report_skipped,
)
from mediarec.library.importers.source import Source

NEEDED = {"timems", "artist", "track"}
KEPT = ("timems", "artist", "track", "album", "albumartist", "durationms", "event")
EVENTS = {"": "", "scrobble": "", "submit": "", "love": "liked", "hate": "disliked", "ban": "disliked"}
NOT_PLAYS = {"nowplaying": "announced, not yet played", "unlove": "marks taken back", "unhate": "marks taken back"}


class PanoScrobblerImporter:
    name = "panoscrobbler"
    label = "a Pano Scrobbler log"

    def recognises(self, source: Source) -> bool:
        return bool(_list_logs(source))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in _list_logs(source))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in _list_logs(source):
            left_out: Counter[str] = Counter()
            rows = read_table(source, name) if _is_table(source, name) else read_json_lines(source, name)
            for number, entry, problem in rows:
                location = f"{name}, line {number}"
                if problem or not isinstance(entry, dict):
                    yield reject(location, problem or "expected an object with timeMs, artist and track")
                    continue
                row = {str(key).lower(): value for key, value in entry.items()}
                event = read_text(row.get("event")).lower()
                if event in NOT_PLAYS:
                    left_out[NOT_PLAYS[event]] += 1
                else:
                    yield _read_row(location, row, event)
            yield from report_skipped(name, left_out)


def _list_logs(source: Source) -> list[str]:
    members = list_members(source, (".jsonl", ".json", ".csv", ".txt"))
    return [name for name in members if _is_table(source, name) or _is_json(source, name)]


def _is_table(source: Source, name: str) -> bool:
    return set(read_header(source, name)) >= NEEDED


def _is_json(source: Source, name: str) -> bool:
    first = islice(read_json_lines(source, name), 5)
    return any(isinstance(value, dict) and {str(key).lower() for key in value} >= NEEDED for _, value, _ in first)


def _read_row(location: str, row: Mapping[str, Any], event: str) -> ParsedRow:
    raw = keep_raw(row, KEPT)
    if event not in EVENTS:
        return reject(location, f"{event[:40]!r} is not an event that is known", raw)
    length, album_artist = read_number(row.get("durationms")), read_text(row.get("albumartist"))
    play = Play(
        read_text(row.get("track")),
        (read_text(row.get("artist")),),
        read_epoch(row.get("timems"), per_second=1000),
        album=read_text(row.get("album")),
        album_artists=(album_artist,) if album_artist else (),
        track_seconds=length / 1000 if length else None,
        what=EVENTS[event],
    )
    return build_row(location, play, raw)
