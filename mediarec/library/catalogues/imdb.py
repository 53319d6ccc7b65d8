"""IMDb's TSV dumps: title.ratings and title.basics, then title.principals and name.basics where present."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from mediarec.library.catalogues.base import (
    CatalogueCredit,
    CatalogueFilters,
    CatalogueName,
    CatalogueRow,
    CatalogueWork,
    Key,
    SkippedRow,
    scale_votes,
)
from mediarec.library.catalogues.decompression import list_files, read_lines
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedWork, clean, read_year

NONE = r"\N"
KINDS = {
    "movie": "film", "tvMovie": "film", "tvSpecial": "film", "short": "film", "tvShort": "film", "video": "film",
    "tvSeries": "series", "tvMiniSeries": "series", "musicVideo": "video",
}  # fmt: skip
NOT_KEPT = frozenset({"tvEpisode", "tvPilot", "videoGame", "podcastSeries", "podcastEpisode", "radioSeries"})
ROLES = {"director": "director", "writer": "writer", "composer": "composer", "actor": "actor", "actress": "actor"}
MOST_ACTORS_PLACE = 10
# The columns that identify each file, whatever its name.
FILES = {
    "basics": ("tconst", "titletype", "primarytitle"),
    "ratings": ("tconst", "averagerating", "numvotes"),
    "principals": ("tconst", "ordering", "nconst", "category"),
    "names": ("nconst", "primaryname"),
}
Votes = dict[int, int]  # by the numeric part of an id such as tt0113277


class ImdbCatalogue:
    name = "imdb"
    label = "IMDb's TSV dumps"

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]:
        files = _find_files(paths)
        if "basics" not in files:
            raise NotUnderstoodError("None of these files is title.basics.tsv, which names the titles.")
        if filters.min_votes and "ratings" not in files:
            raise NotUnderstoodError("Only title.ratings.tsv says how many votes a title has, and it is not here.")
        votes = _read_votes(files["ratings"]) if "ratings" in files else {}
        numbers: set[int] = set()
        yield from _read_titles(files["basics"], filters, votes, numbers)
        if "principals" in files and "names" in files:
            people: set[int] = set()
            yield from _read_principals(files["principals"], numbers, people)
            yield from _read_names(files["names"], people)


def _find_files(paths: Sequence[Path]) -> dict[str, Path]:
    paths_by_name: dict[str, Path] = {}
    for path in list_files(tuple(paths)):
        columns = {column.lower() for column in _read_header(path)}
        for name, needed in FILES.items():
            if columns >= set(needed):
                paths_by_name.setdefault(name, path)
    return paths_by_name


def _read_header(path: Path) -> list[str]:
    try:
        return next(read_lines(path), (0, ""))[1].removeprefix("\ufeff").split("\t")
    except NotUnderstoodError:  # an unrelated file in the folder
        return []


def _read_cells(path: Path, *wanted: str) -> Iterator[tuple[int, list[str] | None]]:
    """(line number, cells of the wanted columns); None instead of the cells where a row is too short."""
    header = [column.lower() for column in _read_header(path)]
    indices = [header.index(name) if name in header else None for name in wanted]
    last = max(index for index in indices if index is not None)
    for number, line in read_lines(path):
        if number == 1:
            continue
        cells = line.split("\t")
        yield number, None if len(cells) <= last else ["" if index is None else cells[index] for index in indices]


def _read_number(text: str, prefix: str) -> int | None:
    digits = text[2:]
    is_id = text.startswith(prefix) and digits.isascii() and digits.isdigit() and len(digits) <= 12
    return int(digits) if is_id else None


def _read_votes(path: Path) -> Votes:
    """Votes by title number. Bad rows are ignored here; only title.basics reports skipped rows."""
    votes: Votes = {}
    for _, cells in _read_cells(path, "tconst", "numvotes"):
        number = _read_number(cells[0], "tt") if cells else None
        if cells and number is not None and cells[1].isascii() and cells[1].isdigit() and len(cells[1]) < 10:
            votes[number] = int(cells[1])
    return votes


def _read_titles(path: Path, filters: CatalogueFilters, votes: Votes, numbers: set[int]) -> Iterator[CatalogueRow]:
    highest = max(votes.values(), default=0)
    wanted = (
        "tconst",
        "titletype",
        "primarytitle",
        "originaltitle",
        "isadult",
        "startyear",
        "runtimeminutes",
        "genres",
    )
    for line, cells in _read_cells(path, *wanted):
        if filters.limit is not None and len(numbers) >= filters.limit:
            return
        row = _read_title(f"{path.name}, line {line}", cells, filters, votes)
        if isinstance(row, SkippedRow):
            yield row
        elif row is not None:
            number, facts = row
            if number not in numbers:
                numbers.add(number)
                work = ParsedWork(popularity=scale_votes(votes.get(number, 0), highest), **facts)
                yield CatalogueWork(f"{path.name}, line {line}", Key("imdb", cells[0] if cells else ""), work)


def _read_title(
    location: str, cells: list[str] | None, filters: CatalogueFilters, votes: Votes
) -> tuple[int, dict[str, Any]] | SkippedRow | None:
    """The title's number and the fields of its work; None where the filters exclude it."""
    if cells is None:
        return SkippedRow(location, "the row ends before its last column")
    const, title_type, title, original, adult, year, minutes, genres = cells
    number = _read_number(const, "tt")
    if number is None:
        return SkippedRow(location, f"{clean(const)[:40]!r} is not an id like tt0113277")
    kind = KINDS.get(title_type)
    if kind is None:
        problem = f"the title type {clean(title_type)[:40]!r} is not known"
        return None if title_type in NOT_KEPT else SkippedRow(location, problem)
    release_year = read_year(year)
    if adult == "1" or votes.get(number, 0) < filters.min_votes or not filters.accepts(kind, release_year):
        return None
    name = "" if title == NONE else clean(title)
    if not name:
        return SkippedRow(location, f"{const} has no title")
    return number, {
        "kind": kind,
        "title": name,
        "year": release_year,
        "original_title": "" if original in (NONE, title) else clean(original),
        "genres": _read_genres(genres),
        "runtime_seconds": int(minutes) * 60 if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else None,
    }


@lru_cache(maxsize=4096)
def _read_genres(text: str) -> tuple[str, ...]:
    words = text.split(",") if text != NONE else ()
    return tuple("Science Fiction" if word == "Sci-Fi" else clean(word) for word in words if word)


def _read_principals(path: Path, numbers: set[int], people: set[int]) -> Iterator[CatalogueRow]:
    for line, cells in _read_cells(path, "tconst", "nconst", "category", "ordering"):
        if cells is None:
            yield SkippedRow(f"{path.name}, line {line}", "the row ends before its last column")
            continue
        const, person, category, ordering = cells
        role, number, person_number = ROLES.get(category), _read_number(const, "tt"), _read_number(person, "nm")
        if role is None or number not in numbers or person_number is None:
            continue
        position = int(ordering) if ordering.isascii() and ordering.isdigit() and len(ordering) < 4 else 99
        if role != "actor" or position <= MOST_ACTORS_PLACE:
            people.add(person_number)
            yield CatalogueCredit(Key("imdb", const), role, position, person)


def _read_names(path: Path, people: set[int]) -> Iterator[CatalogueRow]:
    for line, cells in _read_cells(path, "nconst", "primaryname"):
        if cells is None:
            yield SkippedRow(f"{path.name}, line {line}", "the row ends before its last column")
        elif _read_number(cells[0], "nm") in people:
            name = "" if cells[1] == NONE else clean(cells[1])
            yield (
                CatalogueName(cells[0], name)
                if name
                else SkippedRow(f"{path.name}, line {line}", f"{cells[0]} has no name")
            )
