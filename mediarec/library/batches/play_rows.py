"""Rows that tell of plays alone, stored by the thousand: a work is placed once, its events go in by one statement."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from django.db import connection

from mediarec.library.importers.base import ParsedWork
from mediarec.library.interactions import ACTIVE_MARKS
from mediarec.library.models import ImportBatch, Outcome
from mediarec.library.persistence import StoredWork, WorkWriter

STORED = (Outcome.ADDED, Outcome.MATCHED)
NEW, KNOWN, DUPLICATE = Outcome.ADDED.value, Outcome.MATCHED.value, Outcome.DUPLICATE.value
MOST_REMEMBERED = 20_000  # works whose item is kept from chunk to chunk
Key = tuple[str, int | None]  # the work's JSON and the item that matching found

# Marks that stand until taken back, files, pictures and choices by hand need more than this: they go row by row.
SELECT_ROWS = """
    SELECT id, number, outcome, parsed->>'work', item_id, outcome <> ALL(%s) OR coalesce(
        parsed->>'file' IS NULL AND NOT jsonb_exists(parsed, 'by_hand')
        AND jsonb_array_length(parsed->'events') > 0
        AND NOT jsonb_path_exists(parsed, '$.events[*].what ? (@ == $marks[*])', %s)
        AND NOT jsonb_path_exists(parsed, '$.work.**.artwork ? (@ != null)'), false)
    FROM library_importrow WHERE batch_id = %s AND number > %s AND number <= %s ORDER BY number
"""
INSERT_EVENTS = """
    INSERT INTO library_interaction
        (person_id, item_id, what, value, progress, occurred_at, origin, batch_id, recorded_at)
    SELECT %s, said.item_id, event.what, event.value, event.progress, event.occurred_at,
        coalesce(nullif(event.origin, ''), %s), %s, now()
    FROM unnest(%s::bigint[], %s::bigint[]) AS said(row_id, item_id)
    JOIN library_importrow AS row ON row.id = said.row_id
    CROSS JOIN LATERAL jsonb_to_recordset(row.parsed->'events')
        AS event(what text, value float, progress float, occurred_at timestamptz, origin text)
    ON CONFLICT DO NOTHING RETURNING item_id
"""
UPDATE_ROWS = """
    UPDATE library_importrow AS row
    SET item_id = said.item_id, outcome = said.outcome, reason = coalesce(said.reason, row.reason),
        parsed = CASE WHEN said.undo IS NULL THEN row.parsed
                      ELSE row.parsed || jsonb_build_object('undo', said.undo) END
    FROM json_to_recordset(%s::json)
        AS said(row_id bigint, item_id bigint, outcome text, reason text, undo jsonb)
    WHERE row.id = said.row_id
"""


class PlayRow(NamedTuple):
    """What of a row is needed here; its events stay in the database."""

    pk: int
    number: int
    outcome: str
    work: str
    item_id: int | None
    is_simple: bool

    @property
    def key(self) -> Key:
        return self.work, self.item_id


def load_play_rows(batch: ImportBatch, limit: int) -> list[PlayRow]:
    """The next rows of the batch for as long as they are plays, or need nothing done."""
    with connection.cursor() as cursor:
        stored, marks = [outcome.value for outcome in STORED], json.dumps({"marks": sorted(ACTIVE_MARKS)})
        cursor.execute(SELECT_ROWS, [stored, marks, batch.pk, batch.done, batch.done + limit])
        return list(takewhile(lambda row: row.is_simple, (PlayRow(*row) for row in cursor.fetchall())))


class PlayStore:
    """Stores chunks of one batch; remembers which item each work is."""

    def __init__(self) -> None:
        self._known: dict[Key, int] = {}

    def store(self, batch: ImportBatch, rows: Sequence[PlayRow]) -> int:
        """Returns how many events were new."""
        rows = [row for row in rows if row.outcome in STORED]
        item_ids = self._recall({row.key for row in rows})
        placed = _place(batch, dict.fromkeys(row.key for row in rows if row.key not in item_ids))
        item_ids |= {key: one.item.pk for key, one in placed.items()}
        self._known |= item_ids
        added = _insert_events(batch, [(row.pk, item_ids[row.key]) for row in rows])
        _update_rows(_list_changes(rows, item_ids, placed, added))
        return sum(added.values())

    def _recall(self, keys: set[Key]) -> dict[Key, int]:
        """Items placed earlier, unless somebody has removed them since; until the end of the chunk nobody can."""
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        known = {key: self._known[key] for key in keys if key in self._known}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM library_item WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [sorted(set(known.values()))],
            )
            there = {int(row[0]) for row in cursor.fetchall()}
        return {key: item_id for key, item_id in known.items() if item_id in there}


def _place(batch: ImportBatch, keys: Iterable[Key]) -> dict[Key, StoredWork]:
    works = {key: ParsedWork.from_json(json.loads(key[0])) for key in keys}
    if not works:
        return {}
    writer = WorkWriter(batch, works.values())
    placed = {key: writer.store_one(work, item_id=key[1]) for key, work in works.items()}
    writer.write()
    return placed


def _insert_events(batch: ImportBatch, pairs: Sequence[tuple[int, int]]) -> Counter[int]:
    """By item how many were new. The same play twice is one: the table holds each once."""
    if not pairs:
        return Counter()
    said = [_write_numbers(numbers) for numbers in zip(*pairs, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_EVENTS, [batch.person_id, batch.source, batch.pk, *said])
        return Counter(int(row[0]) for row in cursor.fetchall())


def _write_numbers(numbers: Iterable[int]) -> str:
    """As PostgreSQL writes an array; psycopg takes its time over long ones."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _list_changes(
    rows: Sequence[PlayRow], item_ids: dict[Key, int], placed: dict[Key, StoredWork], added: Counter[int]
) -> list[dict[str, Any]]:
    """What became of each row; the first of a work's rows tells what was made or filled in, and undo reads it there."""
    fresh = dict(placed)
    changes = []
    for row in rows:
        item_id, first = item_ids[row.key], fresh.pop(row.key, None)
        filled = first.list_filled() if first else None
        outcome = NEW if first and first.is_new else KNOWN if filled or added[item_id] else DUPLICATE
        reason = "already here" if outcome == DUPLICATE else None
        if (row.outcome, row.item_id) != (outcome, item_id) or reason or filled:
            change: dict[str, Any] = {"row_id": row.pk, "item_id": item_id, "outcome": outcome}
            if reason:
                change["reason"] = reason
            if filled:
                change["undo"] = {"filled": filled}
            changes.append(change)
    return changes


def _update_rows(changes: Sequence[dict[str, Any]]) -> None:
    if changes:
        with connection.cursor() as cursor:
            cursor.execute(UPDATE_ROWS, [json.dumps(changes)])
