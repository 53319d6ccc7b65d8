"""mediarec's own format: JSONL or CSV, one work per line with its events. See docs/importing.md."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import IO, Any

from mediarec.library.importers.base import ParsedEvent, ParsedRow, ParsedWork, ReadOptions, clean, read_date, read_year
from mediarec.library.importers.delimited_text import find_encoding, guess_delimiter
from mediarec.library.importers.source import Source
from mediarec.library.models import InteractionType, Kind, Role

TOP_RATING = 5.0
LONGEST_LINE = 1_000_000
NEEDED = ("kind", "title")
ENDINGS = (".jsonl", ".ndjson", ".csv", ".tsv")
NO_DATE = datetime(2000, 1, 1, 12, tzinfo=UTC)  # given to events without a time, so that they count as old


class GenericImporter:
    name = "generic"
    label = "a CSV or JSONL file with the columns kind and title"

    def recognises(self, source: Source) -> bool:
        """Accepts any table or JSONL, so that a file with wrong columns gets an error that names the right ones."""
        return any(name.lower().endswith(ENDINGS) for name in source.names)

    def count_rows(self, source: Source) -> int:
        return sum(source.count_lines(name) for name in source.names if name.lower().endswith(ENDINGS))

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        for name in source.names:
            if name.lower().endswith((".jsonl", ".ndjson")):
                yield from _read_lines(source, name)
            elif name.lower().endswith((".csv", ".tsv")):
                yield from _read_table(source, name)


def _read_lines(source: Source, name: str) -> Iterator[ParsedRow]:
    with source.open_text(name) as opened:
        for number, line in enumerate(iter(lambda: opened.readline(LONGEST_LINE), ""), start=1):
            location = f"{name}, line {number}"
            if not line.strip():
                continue
            if len(line) == LONGEST_LINE:
                yield ParsedRow(
                    location, problem=f"{location}: longer than {LONGEST_LINE} characters; reading stops here."
                )
                return
            try:
                stored = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                yield ParsedRow(location, raw={"line": clean(line[:500])}, problem=f"{location}: not JSON ({error}).")
                continue
            if not isinstance(stored, dict):
                yield ParsedRow(location, problem=f"{location}: expected an object with kind and title.")
                continue
            yield _add_artwork(source, read_record(location, stored), stored)


def _read_table(source: Source, name: str) -> Iterator[ParsedRow]:
    encoding = find_encoding(source, name)
    with source.open_text(name, encoding) as opened:
        delimiter = guess_delimiter(opened.readline(LONGEST_LINE))
    with source.open_text(name, encoding) as opened:
        reader = csv.DictReader(_bound_lines(opened), delimiter=delimiter, restval="")
        problem = _read_columns(name, reader)
        if problem is not None:
            yield ParsedRow(f"{name}, line 1", problem=problem)
            return
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                # `reader.line_num` would be that of the last complete row
                location = f"{name}, line {reader.reader.line_num}"
                yield ParsedRow(location, problem=f"{location}: {error}.")
                continue
            if row is None:
                return
            record = {
                key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str) and value
            }
            yield _add_artwork(source, read_record(f"{name}, line {reader.line_num}", record), record)


def _bound_lines(opened: IO[str]) -> Iterator[str]:
    """Lines cut to LONGEST_LINE; a cut line gives a broken row, and reading goes on with the next line."""
    while line := opened.readline(LONGEST_LINE):
        is_cut = len(line) == LONGEST_LINE and not line.endswith("\n")
        while is_cut and (rest := opened.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            continue
        yield line.replace("\x00", "") + ("\n" if is_cut else "")


def _read_columns(name: str, reader: csv.DictReader[str]) -> str | None:
    """Sets the reader's column names in lower case; returns the problem with them, or None."""
    try:
        columns = [column.strip().lower() for column in reader.fieldnames or [] if column]
    except csv.Error as error:
        return f"{name}, line 1: {error}."
    reader.fieldnames = columns or ["empty"]
    missing = [column for column in NEEDED if column not in columns]
    if not missing:
        return None
    listed = ", ".join(columns[:12]) or "nothing"
    return f"{name}: the columns {' and '.join(missing)} are missing; found {listed}."


def _add_artwork(source: Source, row: ParsedRow, record: Mapping[str, Any]) -> ParsedRow:
    """`artwork` is the path of a picture, relative to the table, in the same folder or zip."""
    path = str(record.get("artwork") or "").strip()
    if not path or row.work is None:
        return row
    artwork = source.find_picture(path)
    if artwork is None:
        return replace(row, note=f"the picture {path[:200]} is not beside the table; the work is imported without it")
    return replace(row, work=replace(row.work, artwork=artwork))


def read_record(location: str, record: Mapping[str, Any]) -> ParsedRow:
    """One record of the format; a field that is not understood rejects the row with a sentence, nothing is guessed."""
    raw = {str(key)[:60]: str(value)[:500].replace("\x00", "") for key, value in record.items()}
    try:
        work = _build_work(record)
        events = tuple(_build_events(record))
    except (ValueError, TypeError, AttributeError) as error:
        return ParsedRow(location, raw=raw, problem=f"{location}: {error}.")
    return ParsedRow(location, work, events=events, raw=raw)


def _build_work(record: Mapping[str, Any]) -> ParsedWork:
    kind, title = str(record.get("kind", "")).strip().lower(), clean(str(record.get("title") or ""))
    if kind not in Kind.values:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(Kind.values)}")
    if not title:
        raise ValueError("the title is empty")
    people = _read_people(record)
    album = clean(str(record.get("album") or record.get("series") or ""))
    parent_kind = "album" if kind == "track" else "series"
    parent_people = {"artist": people["artist"]} if kind == "track" and people.get("artist") else {}
    return ParsedWork(
        kind,
        title,
        read_year(str(record.get("year") or "")),
        original_title=clean(str(record.get("original_title") or "")),
        genres=_read_list(record.get("genres")),
        tags=tuple(tag.lower() for tag in _read_list(record.get("tags"))),
        people=people,
        language=clean(str(record.get("language") or ""))[:16],
        runtime_seconds=_read_runtime(record),
        synopsis=clean(str(record.get("synopsis") or "")),
        ids=_read_ids(record.get("ids")),
        parent=ParsedWork(parent_kind, album, people=parent_people) if album and kind in {"track", "episode"} else None,
        season=_read_int(record.get("season")),
        number=_read_int(record.get("number")),
    )


def _read_people(record: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """An object of names by role, or one column per role ("director", "artist")."""
    by_role = record.get("people")
    people = {role: _read_list(names) for role, names in by_role.items()} if isinstance(by_role, dict) else {}
    people |= {role: _read_list(record[role]) for role in Role.values if record.get(role)}
    unknown = set(people) - set(Role.values)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is not a role; expected {', '.join(Role.values)}")
    return {role: names for role, names in people.items() if names}


def _read_list(raw: Any) -> tuple[str, ...]:
    if isinstance(raw, dict):
        raise ValueError("found an object where a list is expected")
    values = raw if isinstance(raw, list) else str(raw or "").split("|" if "|" in str(raw or "") else ";")
    return tuple(dict.fromkeys(clean(str(value))[:120] for value in values if clean(str(value))))


def _read_ids(raw: Any) -> dict[str, str]:
    pairs = raw.items() if isinstance(raw, dict) else (word.partition(":")[::2] for word in _read_list(raw))
    return {clean(str(name)).lower()[:20]: clean(str(value))[:200] for name, value in pairs if name and value}


def _read_runtime(record: Mapping[str, Any]) -> int | None:
    seconds = record.get("duration_seconds") or record.get("runtime_seconds")
    if seconds:
        return _check_positive("duration_seconds", float(seconds))
    minutes = record.get("runtime_minutes")
    return _check_positive("runtime_minutes", float(minutes) * 60) if minutes else None


def _check_positive(name: str, seconds: float) -> int:
    if not 0 < seconds < 10_000_000:
        raise ValueError(f"{name} is out of range")
    return round(seconds)


def _read_int(value: Any) -> int | None:
    return int(value) if str(value or "").isdigit() and int(value) < 10_000 else None


def _build_events(record: Mapping[str, Any]) -> Iterator[ParsedEvent]:
    """An `events` list, or the columns what, when and rating of one event."""
    events = record.get("events")
    if isinstance(events, list):
        for event in events:
            if not isinstance(event, dict):
                raise ValueError(f"an event is {event!r}; expected an object with what and when")
            yield _build_event(event)
    elif record.get("what") or record.get("rating"):
        yield _build_event(record)


def _build_event(event: Mapping[str, Any]) -> ParsedEvent:
    rating = event.get("rating")
    what = str(event.get("what") or ("rated" if rating else "")).strip().lower()
    if what not in InteractionType.values:
        raise ValueError(f"what is {what!r}; expected one of {', '.join(InteractionType.values)}")
    text = str(event.get("when") or "")
    when = read_date(text)
    if text and when is None:
        raise ValueError(f"when is {text!r}; expected a date like 2024-05-31 or a time like 2024-05-31T20:00:00Z")
    value = float(rating) / TOP_RATING if rating not in (None, "") and what == "rated" else None
    if what == "rated" and (value is None or not 0 <= value <= 1):
        raise ValueError("a rating needs stars between 0 and 5")
    return ParsedEvent(what, when or NO_DATE, value, _read_progress(event.get("progress")))


def _read_progress(value: Any) -> float | None:
    if value in (None, ""):
        return None
    progress = float(value)
    if not 0 <= progress <= 1:
        raise ValueError(f"progress is {value!r}; expected a share from 0 to 1")
    return progress
