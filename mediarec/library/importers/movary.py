"""Movary's two CSV files: watch history and ratings of films."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediarec.library.importers.base import ParsedRow, ParsedWork, ReadOptions, clean, read_year
from mediarec.library.importers.delimited_text import read_table
from mediarec.library.importers.play_events import keep_raw, reject
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import build_event, find_tables, read_ids, read_rating, read_when

HISTORY, RATINGS = {"title", "tmdbid", "watchedat"}, {"title", "tmdbid", "userrating"}
TOP = 10
KEPT = ("title", "tmdbid", "imdbid", "year", "watchedat", "userrating", "comment")


class MovaryImporter:
    name = "movary"
    label = "a Movary export"

    def recognises(self, source: Source) -> bool:
        return bool(find_tables(source, HISTORY, RATINGS))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in find_tables(source, HISTORY, RATINGS))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in find_tables(source, HISTORY, RATINGS):
            for number, cells, problem in read_table(source, name):
                location = f"{name}, line {number}"
                yield reject(location, problem) if problem else _read_row(location, cells)


def _read_row(location: str, cells: Mapping[str, str]) -> ParsedRow:
    raw, title = keep_raw(cells, KEPT), clean(cells.get("title", ""))
    if not title:
        return reject(location, "no title", raw)
    watched_at, events = clean(cells.get("watchedat", "")), []
    when = read_when(watched_at)
    if watched_at and when is None:
        return reject(location, f"{watched_at[:40]!r} is not a date like 2024-05-31", raw)
    try:
        rating = read_rating(cells.get("userrating"), TOP)
    except ValueError as error:
        return reject(location, str(error), raw)
    if "watchedat" in cells:  # Movary also lists films that were watched on an unknown date
        events.append(build_event("finished", when))
    if rating:
        events.append(build_event("rated", when, rating))
    if not events:
        return reject(location, "neither a day nor a rating", raw)
    ids = read_ids("film", {"tmdb": cells.get("tmdbid"), "imdb": cells.get("imdbid")}) or {
        "movary": title
    }  # identifies the film in a later import
    work = ParsedWork("film", title, read_year(cells.get("year")), ids=ids)
    return ParsedRow(location, work, events=tuple(events), raw=raw)
