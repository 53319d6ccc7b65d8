"""Last.fm histories as community tools export them: tables with and without a header, and JSON, recognised by content.
Last.fm's track ids are stored for review but not used for matching: many of them name another recording."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from mediarec.library.importers.base import ParsedRow, ReadOptions, clean
from mediarec.library.importers.delimited_text import (
    guess_delimiter,
    list_members,
    read_header,
    read_lines,
    read_table,
    split_line,
)
from mediarec.library.importers.json_stream import first_entry, read_entries
from mediarec.library.importers.play_events import (
    Play,
    build_row,
    keep_raw,
    read_epoch,
    read_moment,
    read_text,
    reject,
    report_skipped,
)
from mediarec.library.importers.source import Source

LIST_KEYS = ("recenttracks", "track", "tracks", "scrobbles")
STATS_DATE = "date#"  # followed by the user name, which is not stored
TIME = re.compile(r"\d\d?:\d\d(:\d\d)?( ?UTC)?")
KEPT = ("uts", "utc_time", "date", "artist", "album", "track", "artist_mbid", "album_mbid", "track_mbid")
ANOTHER_LISTENER = "another listener's"
Reader = Callable[[list[str]], Play | None]


class LastFmImporter:
    name = "lastfm"
    label = "a Last.fm export"

    def recognises(self, source: Source) -> bool:
        tables = list_members(source, (".csv", ".tsv", ".txt"))
        return any(_is_json(source, name) for name in list_members(source, (".json",))) or any(
            _has_header(source, name) or _detect_layout(source, name) for name in tables
        )

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in list_members(source, (".csv", ".tsv", ".txt")))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in list_members(source, (".csv", ".tsv", ".txt", ".json")):
            if _is_json(source, name):
                yield from _read_json(source, name)
            elif _has_header(source, name):
                yield from _read_with_header(source, name)
            elif reader := _detect_layout(source, name):
                yield from _read_without_header(source, name, reader)


def _has_header(source: Source, name: str) -> bool:
    columns = set(read_header(source, name))
    is_stats = any(column.startswith(STATS_DATE) for column in columns)
    return {"artist", "track"} <= columns and (is_stats or bool(columns & {"uts", "utc_time"}))


def _read_with_header(source: Source, name: str) -> Iterator[ParsedRow]:
    for number, cells, problem in read_table(source, name):
        location = f"{name}, line {number}"
        if problem:
            yield reject(location, problem)
            continue
        row = {(column if not column.startswith(STATS_DATE) else "date"): cell for column, cell in cells.items()}
        yield _build_flat(location, row)


def _build_flat(location: str, row: Mapping[str, Any]) -> ParsedRow:
    """`uts` is in seconds and takes precedence over the written time; `date` is in milliseconds."""
    when = read_epoch(row.get("uts")) or read_epoch(row.get("date"), per_second=1000)
    when = when or read_moment(read_text(row.get("utc_time")))
    play = Play(_read_name(row, "track"), (_read_name(row, "artist"),), when, album=_read_name(row, "album"))
    return build_row(location, play, keep_raw(row, KEPT))


def _read_name(row: Mapping[str, Any], key: str) -> str:
    """Last.fm's own JSON wraps names: {"#text": ...} or {"name": ...}."""
    value = row.get(key)
    if isinstance(value, dict):
        value = value.get("#text") or value.get("name")
    return read_text(value)


def _detect_layout(source: Source, name: str) -> Reader | None:
    """The layout of a table without a header, by which column of its first line is a time."""
    line = next(iter(read_lines(source, name)), None)
    if line is None or line.problem:
        return None
    cells = _split(line.text)
    return next((reader for reader in (_read_research, _read_time_first, _read_time_last) if reader(cells)), None)


def _split(text: str) -> list[str]:
    try:
        return split_line(text, "\t" if text.count("\t") >= 3 else guess_delimiter(text))
    except ValueError:
        return []


def _read_research(cells: list[str]) -> Play | None:
    """user, ISO time, artist id, artist, track id, track: the Last.fm 1K research data set."""
    if len(cells) < 6 or not (when := read_moment(cells[1])):
        return None
    return Play(clean(cells[5]), (clean(cells[3]),), when)


def _read_time_first(cells: list[str]) -> Play | None:
    """date, time, artist, title."""
    if len(cells) < 4 or not TIME.fullmatch(cells[1].strip()):
        return None
    when = read_moment(f"{cells[0].strip()} {cells[1].strip().zfill(5)}")
    return Play(clean(cells[3]), (clean(cells[2]),), when) if when else None


def _read_time_last(cells: list[str]) -> Play | None:
    """artist, album, track, time; the comma inside the time may have split it into two cells."""
    if len(cells) >= 5 and TIME.fullmatch(cells[4].strip()):
        cells = [*cells[:3], f"{cells[3].strip()} {cells[4].strip()}"]
    if len(cells) < 4 or not (when := read_moment(cells[3])):
        return None
    return Play(clean(cells[2]), (clean(cells[0]),), when, album=clean(cells[1]))


def _read_without_header(source: Source, name: str, reader: Reader) -> Iterator[ParsedRow]:
    """Only the first user's rows of a research set: an import belongs to one person."""
    first_listener = ""
    left_out: Counter[str] = Counter()
    for number, text, problem in read_lines(source, name):
        location = f"{name}, line {number}"
        cells = [] if problem else _split(text)
        play = reader(cells)
        if play is None:
            yield reject(location, problem or "its columns are not those of the first line", {"line": text[:500]})
            continue
        if reader is _read_research:
            first_listener = first_listener or cells[0]
            if cells[0] != first_listener:
                left_out[ANOTHER_LISTENER] += 1
                continue
            cells = cells[1:]
        yield build_row(location, play, {"line": "\t".join(cells)[:500]})
    yield from report_skipped(name, left_out)


def _is_json(source: Source, name: str) -> bool:
    if not name.lower().endswith(".json") and (source.is_zip or source.is_folder):
        return False
    entry = first_entry(source, name, LIST_KEYS)
    plays = [play for _, play in islice(_list_plays("", entry), 20)]
    return any(_read_name(play, "artist") and _read_title(play) and ({"uts", "date"} & play.keys()) for play in plays)


def _list_plays(number: str, entry: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry is one play, or a page of plays as the API returns them."""
    page = entry.get("track") if isinstance(entry, dict) else entry
    if isinstance(page, list):
        for position, play in enumerate(page, start=1):
            if isinstance(play, dict):
                yield f"{number}.{position}", play
    elif isinstance(entry, dict):
        yield number, entry


def _read_title(play: Mapping[str, Any]) -> str:
    return _read_name(play, "track") or _read_name(play, "name")


def _read_json(source: Source, name: str) -> Iterator[ParsedRow]:
    for number, entry, problem in read_entries(source, name, LIST_KEYS):
        if problem or not isinstance(entry, dict | list):
            yield reject(f"{name}, entry {number}", problem or "expected an object with artist and track")
            continue
        for position, play in _list_plays(str(number), entry):
            date = play.get("date")
            uts = play.get("uts") or (date.get("uts") if isinstance(date, dict) else None)
            flat = {key: _read_name(play, key) for key in ("artist", "album")} | {
                "track": _read_title(play),
                "uts": uts,
            }
            flat |= {"date": date} if not isinstance(date, dict) else {}
            flat |= {"utc_time": play.get("utc_time")}
            yield _build_flat(f"{name}, entry {position}", flat)
