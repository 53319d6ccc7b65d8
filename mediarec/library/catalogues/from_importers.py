"""Catalogues in formats that an importer already reads, MovieLens and JSONL: works only, without events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mediarec.library.catalogues.base import CatalogueFilters, CatalogueRow, CatalogueWork, Key, SkippedRow
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedRow, ParsedWork, ReadOptions
from mediarec.library.importers.generic import GenericImporter
from mediarec.library.importers.movielens import MovieLensImporter, count_votes
from mediarec.library.importers.source import Source
from mediarec.library.item_lookup import normalise_title

# In order of preference, for rows with several ids.
PREFERRED_NAMESPACES = ("imdb", "musicbrainz", "tmdb", "movielens")
BY_TITLE = "title"  # the namespace of albums and series that a row names by title only


class MovieLensCatalogue:
    name = "movielens"
    label = "a MovieLens folder"

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]:
        sources = [source for path in paths if MovieLensImporter().recognises(source := Source(path))]
        if not sources:
            raise NotUnderstoodError("None of these is a folder or zip with movies.csv or movies.dat.")
        reader = _WorkReader(filters)
        for source in sources:
            votes = count_votes(source) if filters.min_votes else {}
            yield from reader.read(MovieLensImporter().parse(source, ReadOptions(whole_catalogue=True)), votes)


class JsonlCatalogue:
    """mediarec's own format; every row needs an id, which identifies it in later runs."""

    name = "jsonl"
    label = "JSONL or CSV with kind, title and ids"

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]:
        if filters.min_votes:
            raise NotUnderstoodError("These rows do not say how many votes a work has; leave out --min-votes.")
        sources = [source for path in paths if GenericImporter().recognises(source := Source(path))]
        if not sources:
            raise NotUnderstoodError("None of these files is called .jsonl, .ndjson, .csv or .tsv.")
        reader = _WorkReader(filters)
        for source in sources:
            yield from reader.read(GenericImporter().parse(source, ReadOptions()), {})


class _WorkReader:
    """Turns importer rows into catalogue rows, each id once."""

    def __init__(self, filters: CatalogueFilters) -> None:
        self._filters = filters
        self._yielded: set[Key] = set()
        self._count = 0

    def read(self, rows: Iterator[ParsedRow], votes: Mapping[str, int]) -> Iterator[CatalogueRow]:
        for row in rows:
            if self._filters.limit is not None and self._count >= self._filters.limit:
                return
            if row.work is None:
                yield SkippedRow(row.location, row.problem or row.note)
            elif self._is_wanted(row.work, votes):
                yield from self._read_work(row.location, row.work)

    def _is_wanted(self, work: ParsedWork, votes: Mapping[str, int]) -> bool:
        known = not self._filters.min_votes or votes.get(work.ids.get("movielens", ""), 0) >= self._filters.min_votes
        return known and self._filters.accepts(work.kind, work.year)

    def _read_work(self, location: str, work: ParsedWork) -> Iterator[CatalogueRow]:
        key = _find_key(work)
        if key is None:
            yield SkippedRow(location, "it has no id, so it could not be identified when the catalogue is read again")
            return
        if key in self._yielded:
            yield SkippedRow(location, f"{key.namespace}:{key.value[:60]} occurs earlier in these files")
            return
        parent = None
        if work.parent is not None:
            parent = _find_key(work.parent) or _name_parent(work.parent)
            if parent not in self._yielded:
                self._yielded.add(parent)
                yield CatalogueWork(location, parent, work.parent)
        self._yielded.add(key)
        self._count += 1
        yield CatalogueWork(location, key, work, parent)


def _find_key(work: ParsedWork) -> Key | None:
    names = [name for name in PREFERRED_NAMESPACES if work.ids.get(name)] or sorted(
        name for name, value in work.ids.items() if value
    )
    return Key(names[0], work.ids[names[0]]) if names else None


def _name_parent(work: ParsedWork) -> Key:
    makers = " ".join(normalise_title(name) for names in work.people.values() for name in names)
    return Key(BY_TITLE, f"{work.kind} {normalise_title(work.title)} {makers}".strip()[:200])
