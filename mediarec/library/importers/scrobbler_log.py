"""`.scrobbler.log` of Rockbox and other players: tab-separated, rated L (listened) or S (skipped)."""

from __future__ import annotations

from collections.abc import Iterator

from mediarec.library.importers.audio_files import AUDIO_ENDINGS
from mediarec.library.importers.base import ParsedRow, ReadOptions, clean
from mediarec.library.importers.delimited_text import list_members, read_lines
from mediarec.library.importers.play_events import Play, build_row, read_epoch, read_mbid, read_number, reject
from mediarec.library.importers.source import Source

FIRST = "#AUDIOSCROBBLER/"
ZONE = "#TZ/"
RATINGS = {"L": "", "S": "skipped"}
COLUMNS = ("artist", "album", "title", "number", "length", "rating", "time", "mbid")
NO_ZONE = "the player's clock has no zone; its times are taken as UTC"


class ScrobblerLogImporter:
    name = "scrobbler-log"
    label = "a .scrobbler.log"

    def recognises(self, source: Source) -> bool:
        """Not in a folder of music: there the media files themselves are meant."""
        has_music = source.is_folder and any(name.lower().endswith(tuple(AUDIO_ENDINGS)) for name in source.names)
        return not has_music and bool(_list_logs(source))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in _list_logs(source))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in _list_logs(source):
            for number, text, problem in read_lines(source, name):
                location = f"{name}, line {number}"
                if problem:
                    yield reject(location, problem)
                elif not text.startswith("#"):
                    yield _read_line(location, text)
                elif text.upper().startswith(ZONE) and "UTC" not in text.upper():
                    yield ParsedRow(location, note=f"{location}: {NO_ZONE}.")


def _list_logs(source: Source) -> list[str]:
    return [name for name in list_members(source, (".log", ".txt")) if _has_signature(source, name)]


def _has_signature(source: Source, name: str) -> bool:
    line = next(read_lines(source, name), None)
    return line is not None and line.text.startswith(FIRST)


def _read_line(location: str, text: str) -> ParsedRow:
    cells = text.split("\t")
    raw = {name: cell[:500] for name, cell in zip(COLUMNS, cells, strict=False) if cell}
    rating = raw.get("rating", "").strip().upper()
    if len(cells) < 7 or rating not in RATINGS:
        return reject(location, "expected artist, album, title, number, length, L or S, and a time between tabs", raw)
    artist, album, title = (clean(cell) for cell in cells[:3])
    length, interaction = read_number(cells[4]), RATINGS[rating]
    ids = read_mbid(raw.get("mbid"))
    play = Play(
        title, (artist,), read_epoch(cells[6].strip()), album=album, track_seconds=length, ids=ids, what=interaction
    )
    return build_row(location, play, raw)
