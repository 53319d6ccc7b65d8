"""Writes the rows of a batch while it is read: each work is matched once, rows are written by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from mediarec.library.importers.base import ParsedRow, ParsedWork, bound_work, printable, write_json
from mediarec.library.match_decisions import find_decisions, fingerprint_work
from mediarec.library.matching import Match, load_index, match_work
from mediarec.library.models import Decision, Outcome, RememberedChoice
from mediarec.library.pg_copy import write_number, write_text

CHOSEN = "chosen by hand at an earlier import"
LEFT_OUT = "left out by hand at an earlier import"
MOST_REMEMBERED = 20_000  # works whose match is cached between chunks
NO_WORK = "null"
COPY_ROWS = (
    "COPY library_importrow (batch_id, number, place, raw, parsed, item_id, confidence, outcome, reason) FROM STDIN"
)


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A work with its JSON text and its match."""

    work: ParsedWork | None
    text: str
    match: Match
    decided: Decision | None = None  # from an earlier decision of a person


NOTHING = PreparedRow(None, NO_WORK, Match())


class RowToWrite(NamedTuple):
    """One row of the table; `raw` and `parsed` are JSON texts."""

    number: int
    location: str
    raw: str
    parsed: str
    match: Match
    is_about_work: bool
    outcome: Outcome
    reason: str


class WorkMatcher:
    """Matches works with a cache by object identity: histories repeat works, and importers reuse their objects."""

    def __init__(self, person_id: int) -> None:
        self._person_id = person_id
        self._cache: dict[int, tuple[ParsedWork, PreparedRow]] = {}  # by id(); holding the work keeps its id() valid

    def prepare(self, works: Iterable[ParsedWork]) -> Mapping[int, PreparedRow]:
        """The prepared rows for the works of a chunk, by id() of the work."""
        works_by_id = {id(work): work for work in works}
        if len(self._cache) > MOST_REMEMBERED:
            self._cache.clear()
        new_works = {key: _bound_if_needed(work) for key, work in works_by_id.items() if key not in self._cache}
        index = load_index(new_works.values())
        decisions = find_decisions(self._person_id, new_works.values())
        for key, work in new_works.items():
            decision = decisions.get(fingerprint_work(work)) if decisions else None
            prepared = _prepare(work, match_work(work, index), decision)
            self._cache[key] = works_by_id[key], prepared
        return {key: self._cache[key][1] for key in works_by_id}


def _bound_if_needed(work: ParsedWork) -> ParsedWork:
    """`bound_work`, but the same object where nothing had to be cut, to save memory."""
    bounded = bound_work(work)
    return work if bounded == work else bounded


def _prepare(work: ParsedWork, match: Match, decision: RememberedChoice | None) -> PreparedRow:
    """An earlier decision of a person takes precedence over matching."""
    text = write_json(work.to_json())
    if decision is None:
        return PreparedRow(work, text, match)
    if decision.item_id is not None:
        return PreparedRow(work, text, Match(decision.item_id, 1.0, CHOSEN), Decision.ITEM)
    return PreparedRow(work, text, Match(reason=LEFT_OUT), Decision.SKIP)


def build_row(row: ParsedRow, prepared: PreparedRow, number: int) -> RowToWrite:
    match = prepared.match
    file = f', "file": {write_json(row.file.to_json())}' if row.file else ""
    events = write_json([event.to_json() for event in row.events])
    return RowToWrite(
        number,
        printable(row.location),
        write_json(row.raw),
        f'{{"work": {prepared.text}{file}, "events": {events}}}',
        match,
        prepared.work is not None,
        _predict_outcome(row, prepared),
        printable(row.problem or row.note or match.reason or "unchanged since it was read"),
    )


def _predict_outcome(row: ParsedRow, prepared: PreparedRow) -> Outcome:
    match = prepared.match
    if row.problem or prepared.decided == Decision.SKIP:
        return Outcome.REJECTED
    if row.unchanged or row.work is None:
        return Outcome.DUPLICATE
    if match.needs_review:
        return Outcome.REVIEW
    return Outcome.MATCHED if match.item_id else Outcome.ADDED


def write_rows(batch_id: int, rows: Sequence[RowToWrite]) -> None:
    lines = "".join(_write_line(batch_id, row) for row in rows)
    with connection.cursor() as cursor, cursor.copy(COPY_ROWS) as copy:
        copy.write(lines)


def _write_line(batch_id: int, row: RowToWrite) -> str:
    match = row.match
    confidence = match.confidence if row.is_about_work else None
    return (
        f"{batch_id}\t{row.number}\t{write_text(row.location)}\t{write_text(row.raw)}\t{write_text(row.parsed)}\t"
        f"{write_number(match.item_id)}\t{write_number(confidence)}\t{row.outcome.value}\t{write_text(row.reason)}\n"
    )
