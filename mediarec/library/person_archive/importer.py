"""Reads a person's archive back. Items with their events are rows; the other tables wait in `raw` until the commit is
done, when `restore_tables` hands them to the rooms that own them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from mediarec.library.errors import MediarecError, NotUnderstoodError
from mediarec.library.importers.base import ParsedEvent, ParsedRow, ReadOptions, printable
from mediarec.library.importers.source import Source
from mediarec.library.person_archive.item_records import parse_event, parse_item
from mediarec.library.person_archive.restore import SOURCE
from mediarec.library.person_archive.tables import list_tables
from mediarec.library.person_archive.writer import FORMAT, MANIFEST, VERSION

LONGEST_LINE = 4_000_000
MOST_EVENTS = 200_000  # of one item
Line = tuple[str, Any]  # place and what was read there; an exception's sentence where it was no JSON


class PersonArchiveImporter:
    name = SOURCE
    label = "an archive of mediarec's own"

    def recognises(self, source: Source) -> bool:
        return bool(_read_manifest(source))

    def count_rows(self, source: Source) -> int:
        rows = _read_manifest(source).get("rows")
        counts = rows.values() if isinstance(rows, dict) else ()
        return sum(count for count in counts if isinstance(count, int) and 0 <= count < 10**9)

    def parse(self, source: Source, options: ReadOptions) -> Iterator[ParsedRow]:
        manifest = _read_manifest(source)
        if not manifest or manifest.get("version") != VERSION:
            raise NotUnderstoodError(
                f"{source.label} was written by another version of mediarec "
                f"(its schema is {str(manifest.get('version'))[:20]}, {VERSION} is read here)."
            )
        yield from _parse_items(source)
        for table in list_tables():
            for place, record in _read_lines(source, f"{table.name}.jsonl"):
                problem = table.find_problem(record)
                if problem is not None:
                    yield ParsedRow(place, problem=f"{place}: {problem}.")
                else:
                    raw = {"part": table.name, "record": record}
                    yield ParsedRow(place, raw=raw, note=f"{table.about}: comes in when all is added")
        wishes = manifest.get("wishes")
        if isinstance(wishes, dict) and _is_share(wishes.get("novelty")):
            raw = {"part": "wishes", "record": wishes}
            yield ParsedRow(MANIFEST, raw=raw, note="wishes: hold where none were set")


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _read_manifest(source: Source) -> dict[str, Any]:
    if source.find(MANIFEST) is None or source.find("items.jsonl") is None:
        return {}
    try:
        with source.open_text(str(source.find(MANIFEST))) as opened:
            stored = json.loads(opened.read(100_000))
    except (ValueError, RecursionError, MediarecError):
        return {}
    return stored if isinstance(stored, dict) and stored.get("format") == FORMAT else {}


def _read_lines(source: Source, ending: str) -> Iterator[Line]:
    name = source.find(ending)
    if name is None:
        return
    with source.open_text(name) as opened:
        for number, line in enumerate(iter(lambda: opened.readline(LONGEST_LINE), ""), start=1):
            place = f"{name}, line {number}"
            if len(line) >= LONGEST_LINE:
                yield place, f"longer than {LONGEST_LINE} characters; reading of this table stops here"
                return
            if line.strip():
                yield place, _read_json(line)


def _read_json(line: str) -> Any:
    """A sentence where the line is no JSON or holds numbers that are none."""
    try:
        return json.loads(line, parse_constant=_refuse, parse_float=_read_float)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({str(error)[:100]})"


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _read_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _read_number(record: Any) -> int | None:
    number = record.get("item") if isinstance(record, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**62 else None


def _parse_items(source: Source) -> Iterator[ParsedRow]:
    """Both tables are in the order of the items' numbers, so that neither need be held whole."""
    events = _Events(_read_lines(source, "events.jsonl"))
    last = -1
    for place, record in _read_lines(source, "items.jsonl"):
        number = _read_number(record)
        if number is None or number <= last:
            why = record if isinstance(record, str) else "its number is missing or not above the one before"
            yield ParsedRow(place, problem=f"{place}: {why}.")
            continue
        last = number
        standing, withdrawn, problems = events.take(number)
        yield from problems
        try:
            work = parse_item(record)
        except ValueError as error:
            yield ParsedRow(place, problem=f"{place}: {error}.")
            continue
        yield ParsedRow(place, work, events=tuple(standing), raw={"item": number, "withdrawn": withdrawn})
    yield from events.take(None)[2]


class _Events:
    """The events of one item after another; those of items that are not listed are reported and left out."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._next = next(lines, None)

    def take(self, number: int | None) -> tuple[list[ParsedEvent], list[Mapping[str, Any]], list[ParsedRow]]:
        """Up to this item, or all that is left; whatever lies before it belongs to no item."""
        standing: list[ParsedEvent] = []
        withdrawn: list[Mapping[str, Any]] = []
        problems: list[ParsedRow] = []
        while self._next is not None:
            place, record = self._next
            mine = _read_number(record)
            if number is not None and mine is not None and mine > number:
                break
            self._next = next(self._lines, None)
            if mine is not None and mine == number:
                problem = self._keep(record, standing, withdrawn)
            else:
                problem = record if isinstance(record, str) else "its item is not listed where it belongs"
            if problem:
                problems.append(ParsedRow(place, problem=f"{place}: {printable(problem)}."))
        return standing, withdrawn, problems

    def _keep(self, record: Any, standing: list[ParsedEvent], withdrawn: list[Mapping[str, Any]]) -> str | None:
        """What is wrong with the record, or None."""
        try:
            event, withdrawn_at = parse_event(record)
        except ValueError as error:
            return str(error)
        if len(standing) + len(withdrawn) >= MOST_EVENTS:
            return f"the item has more than {MOST_EVENTS} events"
        if withdrawn_at:
            withdrawn.append(record)
        else:
            standing.append(event)
        return None
