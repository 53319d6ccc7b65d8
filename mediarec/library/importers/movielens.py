"""MovieLens folders: the CSV sets, the .dat sets and the order-only `sequences.txt`. Imports one user at a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, clean, read_date, read_year
from mediarec.library.importers.delimited_text import find_encoding
from mediarec.library.importers.source import Source

TITLE = re.compile(r"^(?P<title>.*?)\s*\((?P<year>\d{4})\)\s*$")
OTHER_TITLE = re.compile(r"^(?P<title>.+?)\s*\((?P<aka>a\.k\.a\.\s*)?(?P<other>[^()]*)\)$")
ARTICLE = re.compile(r"^(?P<title>.+), (?P<article>The|A|An|Le|La|Les|Il|El|Das|Der|Die)$")
TOP_RATING = 5.0
RATING_COLUMNS = ("userId", "movieId", "rating", "timestamp")
MOST_PROBLEMS = 1000
ORDER_ONLY_START = datetime(2000, 1, 1, 12, tzinfo=UTC)  # sequences.txt has no times, only an order
Ratings = list[tuple[str, float | None, datetime]]


class MovieLensImporter:
    name = "movielens"
    label = "a MovieLens folder"

    def recognises(self, source: Source) -> bool:
        movies = _find_movies(source)
        return movies is not None and _is_movies_file(source, movies)

    def count_rows(self, source: Source) -> int:
        return 0  # depends on the chosen user

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        movies = _find_movies(source)
        if movies is None:
            raise NotUnderstoodError(f"{source.label} has no movies.csv or movies.dat.")
        problems: list[ParsedRow] = []
        person, ratings = _read_person(source, options.movielens_user, problems)
        yield from problems
        by_movie: dict[str, list[ParsedEvent]] = {}
        for movie, value, when in ratings:
            event = ParsedEvent("rated", when, value) if value is not None else _order_only_event(when)
            by_movie.setdefault(movie, []).append(event)
        popularity = _read_popularity(source) if options.whole_catalogue else {}
        extras = _read_extras(source)
        for location, movie, work in _read_movies(source, movies):
            events = tuple(by_movie.pop(movie, ()))
            if not work.title or not movie:
                yield ParsedRow(location, problem=f"{location}: it has no {'title' if movie else 'number'}.")
                continue
            if events or options.whole_catalogue:
                full = replace(extras.get(movie, work), popularity=popularity.get(movie, 0.0))
                full = replace(full, ids={"movielens": movie, **full.ids}, artwork=_find_poster(source, movies, movie))
                yield ParsedRow(location, _merge_extras(full, work), events=events)
        for movie in by_movie:
            yield ParsedRow(
                f"person {person}, movie {movie}", problem=f"{source.label}: movie {movie} is rated but not listed."
            )


def _order_only_event(when: datetime) -> ParsedEvent:
    """Watched at an unknown time: the time only preserves the order, which the origin records."""
    return ParsedEvent("finished", when, progress=1.0, origin="order-only")


def _find_movies(source: Source) -> str | None:
    return source.find("movies.csv") or source.find("movies.dat")


def _is_movies_file(source: Source, name: str) -> bool:
    line = source.first_line(name)
    return line.startswith("movieId,title") if name.endswith(".csv") else line.count("::") == 2


def _read_lines(source: Source, name: str) -> Iterator[tuple[int, str]]:
    with source.open_text(name, find_encoding(source, name)) as opened:
        for number, line in enumerate(opened, start=1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _read_movies(source: Source, name: str) -> Iterator[tuple[str, str, ParsedWork]]:
    if name.endswith(".csv"):
        links = _read_links(source)
        for line, row in source.read_table(name):
            movie = row.get("movieId", "")
            work = _build_work(row.get("title", ""), row.get("genres", ""), links.get(movie, {}))
            yield f"{name}, line {line}", movie, work
        return
    for number, text in _read_lines(source, name):
        fields = text.split("::")
        if len(fields) >= 3:
            yield f"{name}, line {number}", fields[0], _build_work(fields[1], fields[2], {})


def _build_work(name: str, genres: str, ids: dict[str, str]) -> ParsedWork:
    match = TITLE.match(name.strip())
    title, year = (match["title"], read_year(match["year"])) if match else (name.strip(), None)
    other = ""
    if translated := OTHER_TITLE.match(
        title
    ):  # "Postman, The (Il Postino)"; an "a.k.a." title need not be the original one
        title, other = translated["title"], "" if translated["aka"] else translated["other"]
    while another := OTHER_TITLE.match(title):
        title = another["title"]
    genre_names = tuple(genre for genre in genres.split("|") if genre and not genre.startswith("("))
    return ParsedWork(
        "film",
        _move_article(clean(title)),
        year,
        original_title=_move_article(clean(other)),
        genres=_name_genres(genre_names),
        ids=ids,
    )


def _move_article(title: str) -> str:
    match = ARTICLE.match(title)
    return f"{match['article']} {match['title']}" if match else title


def _name_genres(genres: tuple[str, ...]) -> tuple[str, ...]:
    names = {"Sci-Fi": "Science Fiction", "Children's": "Family", "Children": "Family", "Musical": "Music"}
    return tuple(dict.fromkeys(names.get(genre, genre) for genre in genres))


def _read_links(source: Source) -> dict[str, dict[str, str]]:
    name = source.find("links.csv")
    if name is None:
        return {}
    links: dict[str, dict[str, str]] = {}
    for _, row in source.read_table(name):
        imdb, tmdb = row.get("imdbId", "").strip(), row.get("tmdbId", "").strip()
        ids = {"imdb": f"tt{imdb.zfill(7)}"} if imdb else {}
        links[row.get("movieId", "")] = ids | ({"tmdb": tmdb} if tmdb else {})
    return links


def _read_ratings(source: Source, name: str) -> Iterator[tuple[str, ...]]:
    """The location, then the four cells."""
    for line, row in source.read_table(name):
        missing = [column for column in RATING_COLUMNS if column not in row]
        if missing:
            raise NotUnderstoodError(f"{source.label}: {name} lacks the columns {', '.join(missing)}.")
        yield f"{name}, line {line}", *(row[column] for column in RATING_COLUMNS)


def _read_person(source: Source, user: str, problems: list[ParsedRow]) -> tuple[str, Ratings]:
    """The chosen user, or the first, with their ratings; no ratings where the set only lists films. Rows that are not
    understood are appended to `problems`."""
    if name := source.find("ratings.csv"):
        return _collect_ratings(_read_ratings(source, name), user, problems)
    if name := source.find("ratings.dat"):
        lines = ((f"{name}, line {number}", *line.split("::")[:4]) for number, line in _read_lines(source, name))
        return _collect_ratings(lines, user, problems)
    if name := source.find("sequences.txt"):
        return _read_sequence(source, name, user)
    return "", []


def _collect_ratings(rows: Iterator[tuple[str, ...]], user: str, problems: list[ParsedRow]) -> tuple[str, Ratings]:
    person = user
    ratings: Ratings = []
    for location, *cells in rows:
        if len(cells) < 4:
            continue
        person = person or cells[0]
        if cells[0] != person:
            continue
        when, value = read_date(cells[3]), _read_stars(cells[2])
        if when is not None and value is not None:
            ratings.append((cells[1], value, when))
        elif len(problems) < MOST_PROBLEMS:
            reason = (
                f"{clean(cells[3])[:40]!r} is not a time" if when is None else f"{clean(cells[2])[:40]!r} is no rating"
            )
            problems.append(ParsedRow(location, problem=f"{location}: {reason}."))
    if user and not ratings:
        raise NotUnderstoodError(f"There is no person {user} in this MovieLens set.")
    return person, ratings


def _read_stars(text: str) -> float | None:
    try:
        stars = float(text)
    except ValueError:
        return None
    return stars / TOP_RATING if 0 <= stars <= TOP_RATING else None


def _read_sequence(source: Source, name: str, user: str) -> tuple[str, Ratings]:
    for _, line in _read_lines(source, name):
        person, *movies = line.split()
        if not user or person == user:
            times = (ORDER_ONLY_START + timedelta(hours=position) for position in range(len(movies)))
            return person, [(movie, None, when) for movie, when in zip(movies, times, strict=False)]
    raise NotUnderstoodError(f"There is no person {user} in {name}.")


def _read_popularity(source: Source) -> dict[str, float]:
    """The number of users per film, divided by the largest number: 0..1."""
    counts = count_votes(source)
    highest = max(counts.values(), default=1)
    return {movie: count / highest for movie, count in counts.items()}


def count_votes(source: Source) -> Counter[str]:
    """The number of users per film, by MovieLens id."""
    counts: Counter[str] = Counter()
    if name := source.find("sequences.txt"):
        for _, line in _read_lines(source, name):
            counts.update(line.split()[1:])
    elif name := source.find("ratings.csv"):
        counts.update(row.get("movieId", "") for _, row in source.read_table(name))
    elif name := source.find("ratings.dat"):
        counts.update(line.split("::")[1] for _, line in _read_lines(source, name) if "::" in line)
    return counts


def _read_extras(source: Source) -> dict[str, ParsedWork]:
    """An optional `movies_extra.dat`: id, title, year, certificate, release, genres, director, writers, cast, plot."""
    name = source.find("movies_extra.dat")
    if name is None:
        return {}
    extras: dict[str, ParsedWork] = {}
    for _, line in _read_lines(source, name):
        fields = [clean(field) for field in line.split("::")]
        if len(fields) < 10 or not fields[1]:
            continue
        people = {
            role: tuple(_list_names(value))
            for role, value in (("director", fields[6]), ("writer", fields[7]), ("actor", fields[8]))
            if value
        }
        genres = _name_genres(tuple(genre.strip() for genre in fields[5].split(",") if genre.strip()))
        extras[fields[0]] = ParsedWork(
            "film", fields[1], read_year(fields[2]), genres=genres, people=people, synopsis=fields[9]
        )
    return extras


def _list_names(value: str) -> list[str]:
    return list(dict.fromkeys(name.split(" (")[0].strip() for name in value.split(",") if name.strip()))


def _merge_extras(full: ParsedWork, listed: ParsedWork) -> ParsedWork:
    """Extras only add: title and year of the set itself take precedence."""
    return replace(
        full,
        title=listed.title or full.title,
        year=listed.year or full.year,
        original_title=listed.original_title,
        genres=full.genres or listed.genres,
        ids={**listed.ids, **full.ids},
    )


def _find_poster(source: Source, movies: str, movie: str) -> tuple[str, str] | None:
    """In `posters/` beside the list of films."""
    folder = movies.rpartition("/")[0]
    return source.find_picture(f"{folder}/posters/{movie}.jpg" if folder else f"posters/{movie}.jpg")
