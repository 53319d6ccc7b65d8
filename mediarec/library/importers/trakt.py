"""Trakt's data export in both layouts: history, watched, ratings and lists, distinguished by their fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, read_year
from mediarec.library.importers.delimited_text import list_members
from mediarec.library.importers.json_stream import first_entry, read_entries
from mediarec.library.importers.play_events import read_text, reject, report_skipped
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import (
    build_episode,
    build_event,
    build_row,
    read_count,
    read_ids,
    read_rating,
    read_when,
    read_word,
)

TOP = 10
TYPES = {"movie": "film", "show": "series", "season": "season", "episode": "episode"}
TIMES = {"history": "watched_at", "ratings": "rated_at", "lists": "listed_at"}  # in this order; "watched" comes last
REPEATED = "already in the history"
SEASONS = "about a whole season, which is not supported"
LISTS = "list entries, which do not mean that a title was watched"
UNNAMED = "expected an object with a movie, show or episode and its title"


@dataclass
class _State:
    """Works that the history covers, so that overlapping files give one event, and counts of skipped entries."""

    history_keys: set[tuple[Any, ...]] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)


class TraktImporter:
    name = "trakt"
    label = "a Trakt export"

    def recognises(self, source: Source) -> bool:
        return any(_find_sort(source, name) for name in list_members(source, (".json",)))

    def count_rows(self, source: Source) -> int:
        return 0  # entries are not lines

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        sorts = {name: _find_sort(source, name) for name in list_members(source, (".json",))}
        state = _State()
        for wanted in (*TIMES, "watched"):
            for name in (name for name, sort in sorts.items() if sort == wanted):
                state.left_out = Counter()
                for number, entry, problem in read_entries(source, name):
                    location = f"{name}, entry {number}"
                    yield from (
                        [reject(location, problem)] if problem else _read_entry(name, location, wanted, entry, state)
                    )
                yield from report_skipped(name, state.left_out)


def _find_sort(source: Source, name: str) -> str:
    entry = first_entry(source, name)
    if not any(isinstance(entry.get(key), dict) for key in TYPES):
        return ""
    file_type = next((sort for sort, key in TIMES.items() if key in entry), "")
    return file_type or ("watched" if "plays" in entry else "")


def _read_entry(name: str, location: str, sort: str, entry: Any, state: _State) -> Iterator[ParsedRow]:
    kind, subject = _find_subject(entry)
    if not subject:
        yield reject(location, UNNAMED)
        return
    if kind == "season":
        state.left_out[SEASONS] += 1
        return
    raw = _keep_raw(entry, kind, subject)
    try:
        work = _build_work(kind, subject, entry.get("show"))
        rows = _read_watched(location, entry, work, raw, state) if sort == "watched" else None
        events = () if rows is not None else tuple(_list_events(name, sort, entry))
    except ValueError as error:
        yield reject(location, str(error), raw)
        return
    if rows is not None:
        yield from rows
        return
    if not events:
        state.left_out[LISTS] += 1
        return
    if sort == "history":
        state.history_keys.add(_key(work))
    yield build_row(location, work, events, raw)


def _find_subject(entry: Any) -> tuple[str, Mapping[str, Any]]:
    """The kind and object an entry is about; an episode has its show beside it."""
    if not isinstance(entry, dict):
        return "", {}
    kind = read_text(entry.get("type"))
    for name in (kind, "episode", "season", "movie", "show"):
        if name in TYPES and isinstance(entry.get(name), dict):
            return TYPES[name], entry[name]
    return "", {}


def _keep_raw(entry: Mapping[str, Any], kind: str, subject: Mapping[str, Any]) -> dict[str, Any]:
    names = ("watched_at", "rated_at", "listed_at", "last_watched_at", "rating", "plays", "type")
    raw = {name: read_word(entry.get(name)) for name in names if entry.get(name) is not None}
    show = entry.get("show")
    raw |= {"title": read_text(subject.get("title"))[:400], "show": read_text(_get(show, "title"))[:400], "kind": kind}
    return {name: value for name, value in raw.items() if value}


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _build_work(kind: str, subject: Mapping[str, Any], show: Any) -> ParsedWork:
    """Raises ValueError with what is missing."""
    ids = subject.get("ids")
    ids = read_ids(kind, ids) if isinstance(ids, dict) else {}
    title = read_text(subject.get("title"))
    if kind == "episode":
        season, number = read_count(subject.get("season")), read_count(subject.get("number"))
        if not isinstance(show, dict) or season is None or number is None:
            raise ValueError("an episode without its show, its season or its number")
        return build_episode(_build_work("series", show, None), title, season, number, ids=ids)
    if not title:
        raise ValueError("no title")
    return ParsedWork(kind, title, read_year(read_word(subject.get("year"))), ids=ids)


def _list_events(name: str, sort: str, entry: Mapping[str, Any]) -> Iterator[ParsedEvent]:
    text = entry.get(TIMES[sort])
    when = _read_time(text)
    if sort == "history":
        yield build_event("finished", when)
    elif sort == "ratings":
        value = read_rating(entry.get("rating"), TOP)
        if value is None:
            raise ValueError("no rating between 1 and 10")
        yield build_event("rated", when, value)
    else:
        short = name.lower().rpartition("/")[2]
        what = "saved" if "watchlist" in short else "liked" if "favorites" in short else ""
        if what:
            yield build_event(what, when)


def _read_time(text: Any) -> datetime | None:
    when = read_when(text)
    if text and when is None:
        raise ValueError(f"{str(text)[:40]!r} is not a time like 2024-05-31T20:15:00.000Z")
    return when


def _key(work: ParsedWork) -> tuple[Any, ...]:
    """Identity of a work across files: the ids of its film or show, or else title and year, with episode numbers."""
    top = work.parent or work
    identity = tuple(sorted(top.ids.items())) or (top.title, top.year)
    return (work.kind, identity, work.season, work.number)


def _read_watched(
    location: str, entry: Mapping[str, Any], work: ParsedWork, raw: dict[str, Any], state: _State
) -> list[ParsedRow]:
    """The last play of a film, or of each episode of a show, unless the history covers it."""
    plays = [(work, entry.get("last_watched_at"))] if work.kind == "film" else list(_list_episodes(entry, work))
    rows = []
    for played, watched_at in plays:
        if _key(played) in state.history_keys:
            state.left_out[REPEATED] += 1
            continue
        rows.append(build_row(location, played, [build_event("finished", _read_time(watched_at))], raw))
    return rows


def _list_episodes(entry: Mapping[str, Any], show: ParsedWork) -> Iterator[tuple[ParsedWork, Any]]:
    for season in _list_objects(entry.get("seasons")):
        for episode in _list_objects(season.get("episodes")):
            numbers = read_count(season.get("number")), read_count(episode.get("number"))
            if numbers[0] is None or numbers[1] is None:
                raise ValueError("an episode without the number of its season or its own")
            yield build_episode(show, "", *numbers), episode.get("last_watched_at")


def _list_objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
