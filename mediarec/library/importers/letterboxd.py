"""Letterboxd's account export: diary, reviews, ratings, watched, likes and watchlist, merged without duplicates."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, clean, read_date, read_year
from mediarec.library.importers.source import Source

LEAST_COLUMNS = {"Date", "Name", "Year", "Letterboxd URI"}
FILES = ("diary.csv", "reviews.csv", "ratings.csv", "watched.csv", "likes/films.csv", "watchlist.csv")
TOP_RATING = 5.0


@dataclass
class _Film:
    """One film, merged from all files of the export."""

    location: str
    watched: dict[datetime, None] = field(default_factory=dict)  # an ordered set
    logged: datetime | None = None
    rated: tuple[datetime, float] | None = None
    liked: datetime | None = None
    saved: datetime | None = None
    tags: dict[str, None] = field(default_factory=dict)


class LetterboxdImporter:
    name = "letterboxd"
    label = "a Letterboxd export"

    def recognises(self, source: Source) -> bool:
        names = [name for name in (_find(source, file) for file in FILES) if name]
        return any(set(source.first_line(name).split(",")) >= LEAST_COLUMNS for name in names)

    def count_rows(self, source: Source) -> int:
        return 0  # rows are films, known only once all files are read

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        films: dict[tuple[str, int | None], _Film] = {}
        for file in FILES:
            if name := _find(source, file):
                yield from _read_file(source, file, name, films)
        for (title, year), film in films.items():
            work = ParsedWork("film", title, year, tags=tuple(film.tags))
            yield ParsedRow(film.location, work, events=tuple(_list_events(film)))


def _find(source: Source, file: str) -> str | None:
    """A member by name, skipping deleted entries; a single file under another name is recognised by its columns."""
    name = source.find(file)
    if name is None and not source.is_zip and not source.is_folder and _name_by_columns(source) == file:
        return source.names[0]
    return None if name is None or "deleted/" in name or (file == "watchlist.csv" and "lists/" in name) else name


def _name_by_columns(source: Source) -> str:
    """Empty where the columns are ambiguous: watched, liked and watchlist share the same ones."""
    columns = set(source.first_line(source.names[0]).split(","))
    if not columns >= LEAST_COLUMNS:
        return ""
    if "Watched Date" in columns:
        return "reviews.csv" if "Review" in columns else "diary.csv"
    return "ratings.csv" if "Rating" in columns else ""


def _read_file(source: Source, file: str, name: str, films: dict[tuple[str, int | None], _Film]) -> Iterator[ParsedRow]:
    for line, row in source.read_table(name):
        location = f"{name}, line {line}"
        missing = LEAST_COLUMNS - row.keys()
        if missing:
            yield ParsedRow(
                location, raw=row, problem=f"{location}: the columns {', '.join(sorted(missing))} are missing."
            )
            return
        title, when = clean(row["Name"]), read_date(row["Date"])
        if not title or when is None:
            reason = "no title" if not title else f"{row['Date']!r} is not a date like 2024-05-31"
            yield ParsedRow(location, raw=row, problem=f"{location}: {reason}.")
            continue
        film = films.setdefault((title, read_year(row["Year"])), _Film(location))
        problem = _add_row(film, file, row, when)
        if problem is not None:
            yield ParsedRow(location, raw=row, problem=f"{location}: {problem}")


def _add_row(film: _Film, file: str, row: dict[str, str], when: datetime) -> str | None:
    """Adds one row to its film; returns the problem with the row, or None."""
    if file in {"diary.csv", "reviews.csv"}:
        film.watched[read_date(row.get("Watched Date", "")) or when] = None
        film.tags |= {clean(tag).lower(): None for tag in row.get("Tags", "").split(",") if tag.strip()}
    elif file == "watched.csv":
        film.logged = when
    elif file == "likes/films.csv":
        film.liked = when
    elif file == "watchlist.csv":
        film.saved = when
    return _add_rating(film, row.get("Rating", "").strip(), when)


def _add_rating(film: _Film, text: str, when: datetime) -> str | None:
    if not text:
        return None
    try:
        stars = float(text)
    except ValueError:
        stars = -1.0
    if not 0 < stars <= TOP_RATING:
        return f"the rating {text!r} is not between 0.5 and 5."
    if film.rated is None or when >= film.rated[0]:
        film.rated = (when, stars / TOP_RATING)
    return None


def _list_events(film: _Film) -> Iterator[ParsedEvent]:
    """watched.csv repeats the diary, so it counts only for films without a diary entry."""
    for when in film.watched or ([film.logged] if film.logged else []):
        yield ParsedEvent("finished", when, progress=1.0)
    if film.rated:
        yield ParsedEvent("rated", film.rated[0], value=film.rated[1])
    if film.liked:
        yield ParsedEvent("liked", film.liked)
    if film.saved:
        yield ParsedEvent("saved", film.saved)
