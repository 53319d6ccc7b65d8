"""Yamtrack's CSV of tracked films, series, episodes and anime. Books and games are skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, clean
from mediarec.library.importers.delimited_text import read_table
from mediarec.library.importers.play_events import keep_raw, reject, report_skipped
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import (
    build_episode,
    build_event,
    find_tables,
    read_count,
    read_ids,
    read_rating,
    read_when,
)

NEEDED = {"media_id", "source", "media_type", "title", "status"}
TOP = 10
KINDS = {"movie": "film", "tv": "series", "season": "series", "anime": "series", "episode": "episode"}
STATES = {"completed": "finished", "in progress": "played", "dropped": "abandoned", "planning": "saved"}
STATES |= {"paused": "played", "repeating": "finished", "watching": "played", "": ""}
KEPT = (
    *("media_id", "source", "media_type", "title", "season_number", "episode_number", "score", "status"),
    *("start_date", "end_date", "progress"),
)
NO_MEDIUM = "books, comics and games, which are not supported"


class YamtrackImporter:
    name = "yamtrack"
    label = "a Yamtrack export"

    def recognises(self, source: Source) -> bool:
        return bool(find_tables(source, NEEDED))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in find_tables(source, NEEDED))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in find_tables(source, NEEDED):
            left_out: Counter[str] = Counter()
            for number, cells, problem in read_table(source, name):
                location = f"{name}, line {number}"
                row = reject(location, problem) if problem else _read_row(location, cells, left_out)
                if row:
                    yield row
            yield from report_skipped(name, left_out)


def _read_row(location: str, cells: Mapping[str, str], left_out: Counter[str]) -> ParsedRow | None:
    raw, title = keep_raw(cells, KEPT), clean(cells.get("title", ""))
    kind = KINDS.get(clean(cells.get("media_type", "")).lower())
    if not title:
        return reject(location, "no title", raw)
    if kind is None:
        left_out[NO_MEDIUM] += 1
        return None
    try:
        events = tuple(_list_events(kind, cells))
        work = _build_work(kind, title, cells)
    except ValueError as error:
        return reject(location, str(error), raw)
    return ParsedRow(location, work, events=events, raw=raw)


def _build_work(kind: str, title: str, cells: Mapping[str, str]) -> ParsedWork:
    """Seasons and episodes carry the id of their series. Raises ValueError for an episode without its numbers."""
    provider, number = clean(cells.get("source", "")).lower(), clean(cells.get("media_id", ""))
    work_kind = "film" if kind == "film" else "series"
    ids = read_ids(work_kind, {provider: number}) if provider in {"tmdb", "tvdb"} else {}
    if provider == "mal" and number.isascii() and number.isdigit():
        ids = {"myanimelist": number}
    work = ParsedWork(work_kind, title, ids=ids)
    if kind != "episode":
        return work
    season, episode = read_count(cells.get("season_number")), read_count(cells.get("episode_number"))
    if season is None or episode is None:
        raise ValueError("an episode without the number of its season or its own")
    return build_episode(work, "", season, episode)


def _list_events(kind: str, cells: Mapping[str, str]) -> Iterator[ParsedEvent]:
    """Raises ValueError for a bad date, status or rating. A row for an episode means that it was watched."""
    for column in ("start_date", "end_date"):
        if cells.get(column, "").strip() and read_when(cells[column].strip()) is None:
            raise ValueError(f"{cells[column][:40]!r} is not a date like 2024-05-31")
    when = read_when(cells.get("end_date", "").strip()) or read_when(cells.get("start_date", "").strip())
    state = clean(cells.get("status", "")).lower()
    if state not in STATES:
        raise ValueError(f"the status {state[:40]!r} is not known")
    what = STATES[state] or ("finished" if kind == "episode" else "")
    if what:
        yield build_event(what, when)
    if rating := read_rating(cells.get("score"), TOP):
        yield build_event("rated", when, rating)
