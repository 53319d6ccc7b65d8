"""Libre.fm exports: comment lines, then a table with the columns artist, track, album and time, in any case."""

from __future__ import annotations

from collections.abc import Iterator

from mediarec.library.importers.base import ParsedRow, ReadOptions, clean
from mediarec.library.importers.delimited_text import list_members, read_header, read_table
from mediarec.library.importers.play_events import Play, build_row, keep_raw, read_epoch, read_moment, reject
from mediarec.library.importers.source import Source

NEEDED = {"artist", "track", "time"}
KEPT = ("artist", "track", "album", "time")
MARKS = {"loved": "liked", "banned": "disliked"}  # by a word in the file name


class LibreFmImporter:
    name = "librefm"
    label = "a Libre.fm export"

    def recognises(self, source: Source) -> bool:
        return bool(_list_tables(source))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in _list_tables(source))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in _list_tables(source):
            what = next((mark for word, mark in MARKS.items() if word in name.rpartition("/")[2].lower()), "")
            for number, cells, problem in read_table(source, name, _is_comment):
                location = f"{name}, line {number}"
                if problem:
                    yield reject(location, problem)
                    continue
                when = read_epoch(cells.get("time")) or read_moment(cells.get("time", ""))
                artist, album = clean(cells.get("artist", "")), clean(cells.get("album", ""))
                play = Play(clean(cells.get("track", "")), (artist,), when, album=album, what=what)
                yield build_row(location, play, keep_raw(cells, KEPT))


def _list_tables(source: Source) -> list[str]:
    tables = list_members(source, (".csv", ".tsv", ".txt"))
    return [name for name in tables if set(read_header(source, name, _is_comment)) >= NEEDED]


def _is_comment(text: str) -> bool:
    return text.lstrip().startswith("#")
