"""MyAnimeList's XML export, gzipped or plain. Document types and entities are refused; manga are skipped."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.parsers import expat

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, clean
from mediarec.library.importers.delimited_text import list_members
from mediarec.library.importers.play_events import keep_raw, reject, report_skipped
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import build_event, read_rating, read_when

TOP = 10
BLOCK = 65_536
MOST_BYTES = 500 * 1024 * 1024
LONGEST_CELL = 20_000
GZIP_MARK = b"\x1f\x8b"
ROOT = b"<myanimelist"
KINDS = {"movie": "film", "music": "video"}  # every other type has episodes
STATES = {"completed": "finished", "watching": "played", "on-hold": "played", "dropped": "abandoned"}
STATES |= {"plan to watch": "saved", "1": "played", "2": "finished", "3": "played", "4": "abandoned", "6": "saved"}
KEPT = (
    *("series_animedb_id", "series_title", "series_type", "series_episodes", "my_watched_episodes", "my_status"),
    *("my_start_date", "my_finish_date", "my_score"),
)
MANGA = "manga, which are not supported"


class MyAnimeListImporter:
    name = "myanimelist"
    label = "a MyAnimeList export"

    def recognises(self, source: Source) -> bool:
        return bool(_list_exports(source))

    def count_rows(self, source: Source) -> int:
        return 0  # elements are not lines

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in _list_exports(source):
            left_out: Counter[str] = Counter()
            number = 0
            try:
                for tag, cells in _read_elements(source, name):
                    if tag == "manga":
                        left_out[MANGA] += 1
                        continue
                    number += 1
                    yield _read_row(f"{name}, anime {number}", cells)
            except ValueError as error:
                yield reject(f"{name}, after anime {number}", str(error))
            yield from report_skipped(name, left_out)


def _list_exports(source: Source) -> list[str]:
    return [name for name in list_members(source, (".xml", ".xml.gz", ".gz")) if _is_export(source, name)]


def _is_export(source: Source, name: str) -> bool:
    try:
        return ROOT in next(_read_blocks(source, name), b"")[:4096].lower()
    except ValueError:
        return False


def _read_blocks(source: Source, name: str) -> Iterator[bytes]:
    """Blocks of the unpacked file. Raises ValueError where it cannot be unpacked."""
    with source.open_bytes(name) as opened:
        is_packed = opened.read(2) == GZIP_MARK
    read = 0
    with source.open_bytes(name) as opened:
        stream = gzip.GzipFile(fileobj=opened) if is_packed else opened
        while True:
            try:
                block = stream.read(BLOCK)
            except (OSError, EOFError, zlib.error) as error:
                raise ValueError(f"it cannot be unpacked ({error})") from error
            read += len(block)
            if read > MOST_BYTES:
                raise ValueError(f"it unpacks to more than {MOST_BYTES // 1024**2} MB")
            if not block:
                return
            yield block


class _Reader:
    """Collects the children of each <anime> and <manga> as text."""

    def __init__(self) -> None:
        self.done: list[tuple[str, dict[str, str]]] = []
        self._cells: dict[str, str] | None = None
        self._tag = ""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._collect
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._cells is None:
            self._cells = {} if tag in {"anime", "manga"} else None
        else:
            self._tag = tag[:60]

    def _end(self, tag: str) -> None:
        if tag in {"anime", "manga"} and self._cells is not None:
            self.done.append((tag, self._cells))
            self._cells = None
        self._tag = ""

    def _collect(self, text: str) -> None:
        if self._cells is not None and self._tag and len(self._cells.get(self._tag, "")) < LONGEST_CELL:
            self._cells[self._tag] = self._cells.get(self._tag, "") + text[:LONGEST_CELL]

    def _refuse(self, *details: object) -> None:
        raise ValueError("it declares a document type or entities, which are not read")


def _read_elements(source: Source, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(tag, cells) of each entry. Raises ValueError at the first XML error, after yielding the entries before it."""
    reader = _Reader()
    try:
        for block in _read_blocks(source, name):
            reader.parser.Parse(block, False)
            yield from reader.done
            reader.done.clear()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        yield from reader.done
        raise ValueError(f"not XML from here on ({error})") from error


def _read_row(location: str, cells: Mapping[str, str]) -> ParsedRow:
    raw, title = keep_raw(cells, KEPT), clean(cells.get("series_title", ""))
    if not title:
        return reject(location, "no title", raw)
    number = cells.get("series_animedb_id", "").strip()
    ids = {"myanimelist": number} if number.isascii() and number.isdigit() and int(number[:20]) > 0 else {}
    try:
        events = tuple(_list_events(cells))
    except ValueError as error:
        return reject(location, str(error), raw)
    kind = KINDS.get(cells.get("series_type", "").strip().lower(), "series")
    return ParsedRow(location, ParsedWork(kind, title, ids=ids), events=events, raw=raw)


def _list_events(cells: Mapping[str, str]) -> Iterator[ParsedEvent]:
    """Raises ValueError for an unknown status, date or rating."""
    when = _read_day(cells, "my_finish_date") or _read_day(cells, "my_start_date")
    state = cells.get("my_status", "").strip().lower()
    if state and state not in STATES:
        raise ValueError(f"the status {state[:40]!r} is not known")
    if state:
        yield build_event(STATES[state], when)
    if rating := read_rating(cells.get("my_score"), TOP):
        yield build_event("rated", when, rating)


def _read_day(cells: Mapping[str, str], name: str) -> datetime | None:
    """None for an incomplete date, of which only the year or month is known."""
    text = cells.get(name, "").strip()
    if not text or "-00" in text or text.startswith("0000"):
        return None
    when = read_when(text)
    if when is None:
        raise ValueError(f"{text[:40]!r} is not a date like 2024-05-31")
    return when
