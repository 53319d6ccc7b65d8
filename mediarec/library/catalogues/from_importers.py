"""Catalogues whose rows an importer understands already, MovieLens and JSONL: the works alone, nobody's events."""

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

FIRST_IDS = ("imdb", "musicbrainz", "tmdb", "movielens")  # the id a row is found again by, where it has several
BY_TITLE = "title"  # the namespace of albums and series that a row names by nothing but their titles


class MovieLensCatalogue:
    name = "movielens"
    label = "a MovieLens folder"

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]:
        sources = [source for path in paths if MovieLensImporter().recognises(source := Source(path))]
        if not sources:
            raise NotUnderstoodError("None of these is a folder or zip with movies.csv or movies.dat.")
        telling = _Telling(filters)
        for source in sources:
            votes = count_votes(source) if filters.min_votes else {}
            yield from telling.tell(MovieLensImporter().parse(source, ReadOptions(whole_catalogue=True)), votes)


class JsonlCatalogue:
    """In mediarec's own format; a row needs an id, by which it is found again."""

    name = "jsonl"
    label = "JSONL or CSV with kind, title and ids"

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]:
        if filters.min_votes:
            raise NotUnderstoodError("These rows do not say how many votes a work has; leave out --min-votes.")
        sources = [source for path in paths if GenericImporter().recognises(source := Source(path))]
        if not sources:
            raise NotUnderstoodError("None of these files is called .jsonl, .ndjson, .csv or .tsv.")
        telling = _Telling(filters)
        for source in sources:
            yield from telling.tell(GenericImporter().parse(source, ReadOptions()), {})


class _Telling:
    """Remembers which works it has told of: each id once."""

    def __init__(self, filters: CatalogueFilters) -> None:
        self._filters = filters
        self._told: set[Key] = set()
        self._count = 0

    def tell(self, rows: Iterator[ParsedRow], votes: Mapping[str, int]) -> Iterator[CatalogueRow]:
        for row in rows:
            if self._filters.limit is not None and self._count >= self._filters.limit:
                return
            if row.work is None:
                yield SkippedRow(row.location, row.problem or row.note)
            elif self._is_wanted(row.work, votes):
                yield from self._tell_work(row.location, row.work)

    def _is_wanted(self, work: ParsedWork, votes: Mapping[str, int]) -> bool:
        known = not self._filters.min_votes or votes.get(work.ids.get("movielens", ""), 0) >= self._filters.min_votes
        return known and self._filters.lets_in(work.kind, work.year)

    def _tell_work(self, place: str, work: ParsedWork) -> Iterator[CatalogueRow]:
        key = _find_key(work)
        if key is None:
            yield SkippedRow(place, "it has no id, so it could not be found again when the catalogue is read anew")
            return
        if key in self._told:
            yield SkippedRow(place, f"{key.namespace}:{key.value[:60]} has been told of before in these files")
            return
        parent = None
        if work.parent is not None:
            parent = _find_key(work.parent) or _name_parent(work.parent)
            if parent not in self._told:
                self._told.add(parent)
                yield CatalogueWork(place, parent, work.parent)
        self._told.add(key)
        self._count += 1
        yield CatalogueWork(place, key, work, parent)


def _find_key(work: ParsedWork) -> Key | None:
    names = [name for name in FIRST_IDS if work.ids.get(name)] or sorted(
        name for name, said in work.ids.items() if said
    )
    return Key(names[0], work.ids[names[0]]) if names else None


def _name_parent(work: ParsedWork) -> Key:
    makers = " ".join(normalise_title(name) for names in work.people.values() for name in names)
    return Key(BY_TITLE, f"{work.kind} {normalise_title(work.title)} {makers}".strip()[:200])
