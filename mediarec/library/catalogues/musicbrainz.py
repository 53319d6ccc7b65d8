"""MusicBrainz's canonical dump: one CSV of recordings, each with its artist credit and canonical release."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from mediarec.library.catalogues.base import CatalogueFilters, CatalogueRow, CatalogueWork, Key, SkippedRow
from mediarec.library.catalogues.decompression import list_files, read_lines
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedWork, clean, read_year
from mediarec.library.importers.play_events import MBID

MEMBER = "canonical_musicbrainz_data.csv"
RECORDING, RELEASE = "musicbrainz", "musicbrainz-release"
NEEDED = frozenset({"recording_mbid", "recording_name", "artist_credit_name"})


class MusicBrainzCatalogue:
    name = "musicbrainz"
    label = "MusicBrainz's canonical dump"

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]:
        tables = [path for path in list_files(tuple(paths)) if _is_table(path)]
        if not tables:
            raise NotUnderstoodError(f"None of these files is {MEMBER} or an archive that holds it.")
        reader = _RowReader(filters)
        for path in tables:
            yield from reader.read(path)


def _is_table(path: Path) -> bool:
    try:
        return frozenset(_read_header(path)) >= NEEDED
    except NotUnderstoodError:
        return False


def _read_header(path: Path) -> list[str]:
    first = next(read_lines(path, MEMBER), (0, ""))[1]
    return [cell.strip().lower() for cell in _split(first.removeprefix("\ufeff")) or []]


def _split(line: str) -> list[str] | None:
    """The cells of a line; None where its quotation marks are unbalanced or it cannot be split."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True), None)
    except csv.Error:
        return None


class _RowReader:
    """Yields each recording and release once; remembers them by the 16 bytes of their ids."""

    def __init__(self, filters: CatalogueFilters) -> None:
        self._filters = filters
        self._seen: set[bytes] = set()
        self._count = 0

    def read(self, path: Path) -> Iterator[CatalogueRow]:
        columns = _read_header(path)
        for number, line in read_lines(path, MEMBER):
            if self._filters.limit is not None and self._count >= self._filters.limit:
                return
            if number > 1:
                cells = _split(line)
                location = f"{path.name}, line {number}"
                if cells is None or len(cells) != len(columns):
                    yield SkippedRow(location, "it does not have the columns that the first line names")
                else:
                    yield from self._read_row(location, dict(zip(columns, cells, strict=True)))

    def _read_row(self, location: str, cells: dict[str, str]) -> Iterator[CatalogueRow]:
        recording, title = cells["recording_mbid"].strip().lower(), clean(cells["recording_name"])
        artist = clean(cells["artist_credit_name"])
        problem = _find_problem(recording, title, artist)
        if problem is not None:
            yield SkippedRow(location, problem)
            return
        year = read_year(cells.get("year"))
        people: dict[str, tuple[str, ...]] = {"artist": (artist,)}
        album = self._read_album(cells, year, people)
        if album and self._is_wanted("album", year) and self._is_new(album.key):
            self._count += 1
            yield album._replace(location=location)
        key = Key(RECORDING, recording)
        if self._is_wanted("track", year) and self._is_new(key):
            self._count += 1
            yield CatalogueWork(location, key, ParsedWork("track", title, year, people=people), album and album.key)

    def _read_album(
        self, cells: dict[str, str], year: int | None, people: dict[str, tuple[str, ...]]
    ) -> CatalogueWork | None:
        release, name = cells.get("release_mbid", "").strip().lower(), clean(cells.get("release_name", ""))
        if not MBID.fullmatch(release) or not name:
            return None
        return CatalogueWork("", Key(RELEASE, release), ParsedWork("album", name, year, people=people))

    def _is_wanted(self, kind: str, year: int | None) -> bool:
        is_full = self._filters.limit is not None and self._count >= self._filters.limit
        return not is_full and self._filters.accepts(kind, year)

    def _is_new(self, key: Key | None) -> bool:
        if key is None:
            return False
        compact = bytes.fromhex(key.value.replace("-", "")) + key.namespace[-1:].encode()
        is_new = compact not in self._seen
        self._seen.add(compact)
        return is_new


def _find_problem(recording: str, title: str, artist: str) -> str | None:
    if not MBID.fullmatch(recording):
        return f"{clean(recording)[:40]!r} is not a MusicBrainz id"
    return None if title and artist else f"{recording} has no {'artist' if title else 'title'}"
