"""Apple Music's play activity, in both versions of its columns. Devices and addresses are not stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

from mediarec.library.importers.base import ParsedRow, ReadOptions, clean
from mediarec.library.importers.delimited_text import list_members, read_header, read_table
from mediarec.library.importers.play_events import (
    LEAST_SECONDS,
    Play,
    build_row,
    keep_raw,
    read_moment,
    read_number,
    reject,
    report_skipped,
)
from mediarec.library.importers.source import Source

ARTISTS, TITLES = ("artist name", "container artist name"), ("song name", "content name")
ALBUMS = ("album name", "container album name")
START, END, HEARD = "event start timestamp", "event end timestamp", "play duration milliseconds"
LENGTH, TYPE, WHY = "media duration in milliseconds", "event type", "end reason type"
KEPT = (*ARTISTS, *TITLES, *ALBUMS, START, END, HEARD, LENGTH, TYPE, WHY)
PLAYED, NATURAL = "PLAY_END", "NATURAL_END_OF_TRACK"
SKIPS = ("SKIPPED", "MANUALLY_SELECTED_PLAYBACK_OF_A_DIFF")
OTHER_EVENT = "events other than the end of a play"
TOO_SHORT = "heard for less than 30 seconds, and nothing says that they were skipped"


class AppleMusicImporter:
    name = "apple-music"
    label = "Apple Music's play activity"

    def recognises(self, source: Source) -> bool:
        return bool(_list_tables(source))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in _list_tables(source))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in _list_tables(source):
            left_out: Counter[str] = Counter()
            for number, cells, problem in read_table(source, name):
                location = f"{name}, line {number}"
                row = reject(location, problem) if problem else _read_row(location, cells, left_out)
                if row:
                    yield row
            yield from report_skipped(name, left_out)


def _list_tables(source: Source) -> list[str]:
    return [name for name in list_members(source, (".csv",)) if _is_activity(set(read_header(source, name)))]


def _is_activity(columns: set[str]) -> bool:
    return {START, HEARD} <= columns and bool(columns & set(TITLES))


def _read_row(location: str, cells: Mapping[str, str], left_out: Counter[str]) -> ParsedRow | None:
    """None for a row that is skipped on purpose, which is counted."""
    kind = cells.get(TYPE, "").strip().upper()
    if kind and kind != PLAYED:
        left_out[OTHER_EVENT] += 1
        return None
    heard, length = _read_seconds(cells, HEARD), _read_seconds(cells, LENGTH)
    end_reason = cells.get(WHY, "").strip().upper()
    is_short = heard is not None and heard < LEAST_SECONDS and end_reason != NATURAL
    is_skipped = is_short and any(word in end_reason for word in SKIPS)
    if is_short and not is_skipped:
        left_out[TOO_SHORT] += 1
        return None
    when, end = read_moment(cells.get(START, "")), read_moment(cells.get(END, ""))
    if when is None and end is not None:
        when = end - timedelta(seconds=round(heard or 0))
    play = Play(
        _first(cells, TITLES),
        (_first(cells, ARTISTS),),
        when,
        album=_first(cells, ALBUMS),
        played_seconds=heard,
        track_seconds=length,
        what="skipped" if is_skipped else "",
    )
    return build_row(location, play, keep_raw(cells, KEPT))


def _first(cells: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := clean(cells.get(name, "")))), "")


def _read_seconds(cells: Mapping[str, str], name: str) -> float | None:
    """None for missing and for negative durations, which occur."""
    milliseconds = read_number(cells.get(name))
    return milliseconds / 1000 if milliseconds is not None and milliseconds >= 0 else None
