"""IMDb's ratings, watchlist and lists, in every version of their columns. Being on a list does not mean watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, clean, read_year
from mediarec.library.importers.delimited_text import read_table
from mediarec.library.importers.play_events import keep_raw, reject, report_skipped
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import (
    IMDB_ID,
    build_episode,
    build_event,
    find_tables,
    read_rating,
    read_when,
)

NEEDED = {"const", "title"}
ONE_OF = {"your rating", "position", "title type"}
TOP = 10
# Stems of title types in many languages, lower case, no blanks or hyphens. Order matters: a type may match several.
EPISODES = ("episod", "épisod", "folge", "aflevering")
OTHERS = ("podcast", "game", "gioco", "spiel", "jeu", "juego", "jogo")
SERIES = ("serie", "série", "sery", "serial", "сериал")
FILMS = (
    "movie",
    "film",
    "special",
    "short",
    "pelí",
    "peli",
    "court",
    "corto",
    "video",
    "vídeo",
    "фильм",
    "映画",
    "电影",
)
KEPT = (
    *("const", "your rating", "date rated", "title", "original title", "title type", "year", "runtime (mins)"),
    *("genres", "directors", "created", "position"),
)
NO_MEDIUM = "games and podcasts, which are not supported"
LISTED = "only on a list, which does not mean that they were watched; they are imported without an event"


class ImdbImporter:
    name = "imdb"
    label = "an IMDb export"

    def recognises(self, source: Source) -> bool:
        return bool(_list_exports(source))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in _list_exports(source))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in _list_exports(source):
            left_out: Counter[str] = Counter()
            listed = 0
            for number, cells, problem in read_table(source, name):
                row = _read_row(name, f"{name}, line {number}", cells, problem, left_out)
                if row:
                    listed += bool(row.work and not row.events)
                    yield row
            yield from report_skipped(name, left_out)
            if listed:
                yield ParsedRow(name, note=f"{name}: {listed} works are {LISTED}.")


def _list_exports(source: Source) -> list[str]:
    return find_tables(source, *(NEEDED | {column} for column in ONE_OF))


def _read_row(
    name: str, location: str, cells: Mapping[str, str], problem: str, left_out: Counter[str]
) -> ParsedRow | None:
    if problem:
        return reject(location, problem)
    raw = keep_raw(cells, KEPT)
    const, title = clean(cells.get("const", "")), clean(cells.get("title", ""))
    if not IMDB_ID.fullmatch(const) or not title:
        return reject(location, "no title" if not title else f"{const[:40]!r} is not an id like tt0113277", raw)
    title_type = clean(cells.get("title type", ""))
    kind = _read_kind(title_type)
    if not kind:
        return reject(location, f"the title type {title_type[:40]!r} is not known", raw)
    if kind == "other":
        left_out[NO_MEDIUM] += 1
        return None
    try:
        events = tuple(_list_events(name, cells))
    except ValueError as error:
        return reject(location, str(error), raw)
    return ParsedRow(location, _build_work(kind, const, title, cells), events=events, raw=raw)


def _read_kind(title_type: str) -> str:
    """Film where no type is given. Types come in the language of the account, so they are matched by stem."""
    word = "".join(title_type.lower().replace("-", "").split())
    if word == "musicvideo":
        return "video"
    for kind, stems in (("episode", EPISODES), ("other", OTHERS), ("series", SERIES), ("film", FILMS)):
        if any(stem in word for stem in stems):
            return kind
    return "" if word else "film"


def _build_work(kind: str, const: str, title: str, cells: Mapping[str, str]) -> ParsedWork:
    directors = _read_names(cells.get("directors", ""))
    people = {"director": directors} if directors else {}
    minutes = cells.get("runtime (mins)", "").strip()
    seconds = int(minutes) * 60 if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else None
    facts: dict[str, Any] = {"year": read_year(cells.get("year")), "people": people}
    facts["genres"] = _read_names(cells.get("genres", ""))
    series, colon, episode = title.partition(": ")
    if kind == "episode" and colon:
        parent = ParsedWork("series", series)
        return build_episode(parent, episode, None, None, runtime_seconds=seconds, ids={"imdb": const}, **facts)
    original = clean(cells.get("original title", ""))
    return ParsedWork(
        kind, title, original_title=original, runtime_seconds=seconds or None, ids={"imdb": const}, **facts
    )


def _read_names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in map(clean, text.split(",")) if name))


def _list_events(name: str, cells: Mapping[str, str]) -> Iterator[ParsedEvent]:
    """Raises ValueError for a bad rating or date. Only a file named like the watchlist gives saved events."""
    rating = read_rating(cells.get("your rating"), TOP)
    if rating:
        rated_at = cells.get("date rated", "").strip()
        when = read_when(rated_at)
        if rated_at and when is None:
            raise ValueError(f"{rated_at[:40]!r} is not a date like 2024-05-31")
        yield build_event("rated", when, rating)
    if "position" in cells and "watchlist" in name.lower().rpartition("/")[2]:
        yield build_event("saved", read_when(cells.get("created") or cells.get("modified")))
