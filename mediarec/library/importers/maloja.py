"""Maloja's backup: one JSON object with a list of scrobbles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mediarec.library.importers.base import ParsedRow, ReadOptions
from mediarec.library.importers.delimited_text import list_members
from mediarec.library.importers.json_stream import first_entry, read_entries
from mediarec.library.importers.play_events import Play, build_row, read_epoch, read_number, read_text, reject
from mediarec.library.importers.source import Source

LIST_KEY = ("scrobbles",)


class MalojaImporter:
    name = "maloja"
    label = "a Maloja export"

    def recognises(self, source: Source) -> bool:
        return any(_is_export(source, name) for name in list_members(source, (".json",)))

    def count_rows(self, source: Source) -> int:
        return 0  # entries are not lines

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in list_members(source, (".json",)):
            if not _is_export(source, name):
                continue
            for number, entry, problem in read_entries(source, name, LIST_KEY):
                location = f"{name}, entry {number}"
                track = entry.get("track") if isinstance(entry, dict) else None
                if problem or not isinstance(track, dict):
                    yield reject(location, problem or "expected an object with time and track")
                    continue
                play = _build_play(entry, track)
                raw = {"title": play.title, "artists": list(play.artists), "album": play.album}
                yield build_row(location, play, {**raw, "time": read_number(entry.get("time"))})


def _is_export(source: Source, name: str) -> bool:
    entry = first_entry(source, name, LIST_KEY)
    track = entry.get("track")
    return "time" in entry and isinstance(track, dict) and isinstance(track.get("artists"), list)


def _build_play(entry: Mapping[str, Any], track: Mapping[str, Any]) -> Play:
    album = track.get("album")
    album = album if isinstance(album, dict) else {}
    return Play(
        read_text(track.get("title")),
        _list_names(track.get("artists")),
        read_epoch(entry.get("time")),
        album=read_text(album.get("albumtitle")),
        album_artists=_list_names(album.get("artists")),
        played_seconds=read_number(entry.get("duration")),
        track_seconds=read_number(track.get("length")),
    )


def _list_names(value: Any) -> tuple[str, ...]:
    return tuple(name for name in map(read_text, value) if name) if isinstance(value, list) else ()
