"""Netflix's viewing history, short and full, with thumbs. Trailers, clips and autoplay are skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import LONGEST_NAME, ParsedEvent, ParsedRow, ParsedWork, ReadOptions, clean
from mediarec.library.importers.delimited_text import list_members, read_header, read_table
from mediarec.library.importers.netflix_parsing import DateFormat, TitleClassifier, detect_date_format, title_ids
from mediarec.library.importers.play_events import keep_raw, read_number, reject, report_skipped
from mediarec.library.importers.source import Source
from mediarec.library.importers.watch_events import build_event, read_when

SHORT, FULL = {"title", "date"}, {"title", "start time", "duration"}
THUMBS, SAVED = {"title name", "thumbs value"}, {"title name", "profile name"}
LEAST_SECONDS = 60
THUMB_MEANS = {1.0: "disliked", 2.0: "liked", 3.0: "liked"}
MOST_SHOWN = 10  # profiles listed in a message
KEPT = ("title", "date", "start time", "duration", "attributes", "supplemental video type", "title name")
KEPT_TOO = ("thumbs value", "star value", "event utc ts")
OTHERS = "of other profiles than {}"
EXTRAS = "trailers, clips and autoplay"
TOO_SHORT = "seen for less than a minute"
NO_KIND = "the history does not show whether it is a film or a series"


@dataclass
class _State:
    titles: TitleClassifier
    profile: str = ""  # the imported one; the short history names none
    left_out: Counter[str] = field(default_factory=Counter)


class _Table(NamedTuple):
    sort: str
    name: str
    days: DateFormat | None = None


class NetflixImporter:
    name = "netflix"
    label = "a Netflix viewing history"

    def recognises(self, source: Source) -> bool:
        return any(table.sort in {"short", "full"} for table in _list_tables(source))

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(table.name) for table in _list_tables(source))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        """Reads the titles twice: only all of them together show which part of a title is the series."""
        tables = _list_tables(source)
        if any(table.sort == "full" for table in tables):  # the short file has the same events with less detail
            tables = [table for table in tables if table.sort != "short"]
        profiles: dict[str, None] = {}
        state = _State(TitleClassifier(_list_titles(source, tables, profiles)))
        state.profile = _choose_profile(list(profiles), options.profile)
        if len(profiles) > 1 and not options.profile:
            yield ParsedRow(source.label, note=_describe_profiles(list(profiles), state.profile))
        for table in tables:
            state.left_out = Counter()
            if table.sort == "short":
                days = detect_date_format(cells.get("date", "") for cells in _read_cells(source, table))
                table = table._replace(days=days)
                if days.note:
                    yield ParsedRow(table.name, note=f"{table.name}: {days.note}.")
            for number, cells, problem in read_table(source, table.name):
                location = f"{table.name}, line {number}"
                row = reject(location, problem) if problem else _read_row(location, table, cells, state)
                if row:
                    yield row
            yield from report_skipped(table.name, state.left_out)


def _list_tables(source: Source) -> list[_Table]:
    """Histories first: they show whether the title of a thumb is a film or a series."""
    tables = []
    for name in list_members(source, (".csv", ".tsv", ".txt")):
        columns = set(read_header(source, name))
        sorts = (("full", columns >= FULL), ("short", columns == SHORT), ("thumbs", columns >= THUMBS))
        sort = next((sort for sort, fits in sorts if fits), "saved" if columns == SAVED else "")
        if sort:
            tables.append(_Table(sort, name))
    return sorted(tables, key=lambda table: ("full", "short", "thumbs", "saved").index(table.sort))


def _list_titles(source: Source, tables: list[_Table], profiles: dict[str, None]) -> Iterator[str]:
    """Yields every title, and collects the profiles in `profiles` on the way."""
    for table in tables:
        for cells in _read_cells(source, table):
            if name := clean(cells.get("profile name", "")):
                profiles.setdefault(name[:LONGEST_NAME])
            yield cells.get("title", "")


def _choose_profile(profiles: list[str], wanted: str) -> str:
    """The profile the person named, else the first. Raises NotUnderstoodError for an unknown name."""
    if not wanted:
        return profiles[0] if profiles else ""
    for name in profiles:
        if name.casefold() == wanted.strip().casefold():
            return name
    available = f"it has {_join(profiles)}" if profiles else "it names no profiles"
    raise NotUnderstoodError(f"This Netflix export has no profile called “{wanted[:LONGEST_NAME]}”; {available}.")


def _describe_profiles(profiles: list[str], chosen: str) -> str:
    return (
        f"The export has the profiles {_join(profiles)}. Only {chosen}’s comes in; name another one to bring in that."
    )


def _join(names: list[str]) -> str:
    shown = names[:MOST_SHOWN]
    return ", ".join(shown) + (f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else "")


def _read_cells(source: Source, table: _Table) -> Iterator[Mapping[str, str]]:
    return (row.cells for row in read_table(source, table.name) if not row.problem)


def _read_row(location: str, table: _Table, cells: Mapping[str, str], state: _State) -> ParsedRow | None:
    """None for a row that is skipped on purpose, which is counted."""
    raw = keep_raw(cells, KEPT + KEPT_TOO)
    profile = clean(cells.get("profile name", ""))[:LONGEST_NAME]
    title = clean(cells.get("title") or cells.get("title name") or "")
    if not title:
        return reject(location, "no title", raw)
    if profile != state.profile:
        state.left_out[OTHERS.format(state.profile)] += 1
        return None
    try:
        if table.sort in {"thumbs", "saved"}:
            return _read_feedback(location, title, cells, raw, state)
        reason = _skip_reason(title, cells) if table.sort == "full" else None
        when = _read_time(cells, table.days)
    except ValueError as error:
        return reject(location, str(error), raw)
    if reason is not None:
        state.left_out[reason] += 1
        return None
    return ParsedRow(location, state.titles.build_work(title), events=(ParsedEvent("played", when),), raw=raw)


def _skip_reason(title: str, cells: Mapping[str, str]) -> str | None:
    """Why a row is skipped, or None. Raises ValueError for a bad duration."""
    attributes = cells.get("attributes", "").lower()
    is_extra = "_hook_" in title.lower() or title.lower().startswith(("trailer:", "clip:"))
    if is_extra or cells.get("supplemental video type", "").strip() or "autoplay" in attributes.replace("-", ""):
        return EXTRAS
    parts = cells.get("duration", "").strip().split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise ValueError(f"{cells.get('duration', '')[:40]!r} is not a duration like 1:30:00")
    hours, minutes, seconds = map(int, parts)
    return TOO_SHORT if hours * 3600 + minutes * 60 + seconds < LEAST_SECONDS else None


def _read_time(cells: Mapping[str, str], days: DateFormat | None) -> datetime:
    text = cells.get("start time" if days is None else "date", "").strip()
    when = read_when(text) if days is None else days.read(text)
    if when is None:
        raise ValueError(f"{text[:40]!r} is not a {'time like 2024-05-31 20:15:00' if days is None else 'date'}")
    return when


def _read_feedback(
    location: str, title: str, cells: Mapping[str, str], raw: Mapping[str, str], state: _State
) -> ParsedRow | None:
    """A thumb or an entry of My List; rejected for a title that no history shows to be a film or a series."""
    kind = state.titles.find_kind(title)
    if not kind:
        return reject(location, NO_KIND, raw)
    interaction = "saved"
    if "thumbs value" in cells:
        thumb = read_number(cells["thumbs value"])
        if thumb is None or thumb not in THUMB_MEANS:
            return reject(location, f"{cells['thumbs value'][:40]!r} is not a thumb: 1, 2 or 3", raw)
        interaction = THUMB_MEANS[thumb]
    event = build_event(interaction, read_when(cells.get("event utc ts", "").strip()))
    return ParsedRow(location, ParsedWork(kind, title, ids=title_ids(title)), events=(event,), raw=raw)
