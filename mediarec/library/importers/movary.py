"""Movary's two CSV files: the history of films, and their ratings."""

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
                place = f"{name}, line {number}"
                yield reject(place, problem) if problem else _read_row(place, cells)


def _read_row(place: str, cells: Mapping[str, str]) -> ParsedRow:
    raw, title = keep_raw(cells, KEPT), clean(cells.get("title", ""))
    if not title:
        return reject(place, "no title", raw)
    said, events = clean(cells.get("watchedat", "")), []
    when = read_when(said)
    if said and when is None:
        return reject(place, f"{said[:40]!r} is not a date like 2024-05-31", raw)
    try:
        rating = read_rating(cells.get("userrating"), TOP)
    except ValueError as error:
        return reject(place, str(error), raw)
    if "watchedat" in cells:  # Movary keeps films that were seen on an unknown day, too
        events.append(build_event("finished", when))
    if rating:
        events.append(build_event("rated", when, rating))
    if not events:
        return reject(place, "neither a day nor a rating", raw)
    ids = read_ids("film", {"tmdb": cells.get("tmdbid"), "imdb": cells.get("imdbid")}) or {
        "movary": title
    }  # the same film again
    work = ParsedWork("film", title, read_year(cells.get("year")), ids=ids)
    return ParsedRow(place, work, events=tuple(events), raw=raw)
