"""Imports playlists: M3U, M3U8, PLS, XSPF and JSPF. An entry is resolved to a file of the library, or to a track by
artist and title, and imported as saved; all entries form a playlist of the person. Named files are never opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

from mediarec.library.importers.audio_files import AUDIO_ENDINGS
from mediarec.library.importers.base import LONGEST_NAME, ParsedEvent, ParsedRow, ReadOptions, clean
from mediarec.library.importers.delimited_text import list_members
from mediarec.library.importers.play_events import Play, build_track, read_moment, reject
from mediarec.library.importers.playlist_entries import ListedEntry, read_jspf, read_m3u, read_pls, read_xspf
from mediarec.library.importers.playlist_paths import KnownPaths
from mediarec.library.importers.source import Source
from mediarec.library.importers.video_files import VIDEO_ENDINGS

READERS = {".m3u": read_m3u, ".m3u8": read_m3u, ".pls": read_pls, ".xspf": read_xspf, ".jspf": read_jspf}
MARKS = {
    "#EXTM3U": ".m3u",
    "[playlist]": ".pls",
    '{"playlist"': ".jspf",
    "xspf.org/ns/0": ".xspf",
    "<playlist": ".xspf",
}
STREAMED = "#EXT-X-"  # HLS: the segments of one stream, not a playlist of works
MEDIA = tuple(AUDIO_ENDINGS | VIDEO_ENDINGS)
NO_DATE = datetime(2000, 1, 1, 12, tzinfo=UTC)  # few playlists have a date
START_BYTES = 4_096


class PlaylistFilesImporter:
    name = "playlist"
    label = "a playlist (M3U, PLS, XSPF or JSPF)"

    def recognises(self, source: Source) -> bool:
        """Not in a folder of media: there the media files themselves are meant."""
        has_media = source.is_folder and any(name.lower().endswith(MEDIA) for name in source.names)
        return not has_media and bool(_list_playlists(source))

    def count_rows(self, source: Source) -> int:
        return 0  # lines are not entries

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        known = KnownPaths(options.known_files)
        for name, form in _list_playlists(source):
            seen: set[tuple[str, ...]] = set()
            for entry in READERS[form](source, name):
                key = (entry.path, entry.title, entry.artist, entry.problem)
                if key not in seen or entry.problem:
                    seen.add(key)
                    yield _build_row(source, name, entry, known)


def _list_playlists(source: Source) -> list[tuple[str, str]]:
    """(member, format), by the first bytes of the file or else by its ending."""
    members = list_members(source, (*READERS, ".json", ".xml"))
    return [(name, form) for name in members if (form := _detect_format(source, name))]


def _detect_format(source: Source, name: str) -> str:
    with source.open_bytes(name) as opened:
        start = opened.read(START_BYTES).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    ending = "." + name.lower().rpartition(".")[2]
    if STREAMED in start:
        return ""
    plain = start.lower() if start.startswith("[") else "".join(start.split()) if start.startswith("{") else start
    for mark, form in MARKS.items():
        is_there = mark in plain if form == ".xspf" else plain.startswith(mark)
        if is_there and (form != ".xspf" or start.startswith("<")):
            return form
    return ending if ending in READERS and not start.startswith(("<", "{", "PK")) else ""


def _playlist_name(source: Source, name: str) -> str:
    """The name of the playlist to create: the file name without its ending."""
    return clean(PurePosixPath(name if source.is_folder or source.is_zip else source.path.name).stem)[:LONGEST_NAME]


def _build_row(source: Source, name: str, entry: ListedEntry, known: KnownPaths) -> ParsedRow:
    location = f"{name}, {entry.location}"
    fields = (
        ("path", entry.path),
        ("title", entry.title),
        ("artist", entry.artist),
        ("list", _playlist_name(source, name)),
    )
    raw = {key: value for key, value in fields if value}
    if entry.problem:
        return reject(location, entry.problem, raw)
    event = ParsedEvent("saved", read_moment(entry.date) or NO_DATE)
    play = Play(entry.title, (entry.artist,), None, album=entry.album, track_seconds=entry.seconds, ids=entry.ids)
    folder = "" if source.is_zip else str((source.path / name).parent if source.is_folder else source.path.parent)
    if path_hex := known.find(entry.path, folder):
        work = build_track(play) if entry.title and entry.artist else None
        return ParsedRow(location, work, events=(event,), raw=raw, known_path_hex=path_hex)
    if not entry.title or not entry.artist:
        target = "an address on the network" if "://" in entry.path else "no file of the library"
        return reject(location, f"{target}, and the entry does not name an artist and a title", raw)
    return ParsedRow(location, build_track(play), events=(event,), raw=raw)
