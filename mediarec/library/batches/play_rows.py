"""Fast path for rows that only hold plays: works are stored once, events by one INSERT per chunk of thousands."""

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
MOST_REMEMBERED = 20_000  # works whose item id is cached between chunks
Key = tuple[str, int | None]  # the work's JSON and the id of the matched item

# The last column says whether a row needs only this fast path. Rows with marks that stay active until withdrawn (liked,
# saved), files, pictures or decisions by hand need more and are stored one by one in commit.py.
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
    SELECT %s, pair.item_id, event.what, event.value, event.progress, event.occurred_at,
        coalesce(nullif(event.origin, ''), %s), %s, now()
    FROM unnest(%s::bigint[], %s::bigint[]) AS pair(row_id, item_id)
    JOIN library_importrow AS row ON row.id = pair.row_id
    CROSS JOIN LATERAL jsonb_to_recordset(row.parsed->'events')
        AS event(what text, value float, progress float, occurred_at timestamptz, origin text)
    ON CONFLICT DO NOTHING RETURNING item_id
"""
UPDATE_ROWS = """
    UPDATE library_importrow AS row
    SET item_id = change.item_id, outcome = change.outcome, reason = coalesce(change.reason, row.reason),
        parsed = CASE WHEN change.undo IS NULL THEN row.parsed
                      ELSE row.parsed || jsonb_build_object('undo', change.undo) END
    FROM json_to_recordset(%s::json)
        AS change(row_id bigint, item_id bigint, outcome text, reason text, undo jsonb)
    WHERE row.id = change.row_id
"""


class PlayRow(NamedTuple):
    """The columns of a row that are needed here; its events stay in the database."""

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
    """The next rows of the batch, up to the first that the fast path cannot store."""
    with connection.cursor() as cursor:
        stored, marks = [outcome.value for outcome in STORED], json.dumps({"marks": sorted(ACTIVE_MARKS)})
        cursor.execute(SELECT_ROWS, [stored, marks, batch.pk, batch.done, batch.done + limit])
        return list(takewhile(lambda row: row.is_simple, (PlayRow(*row) for row in cursor.fetchall())))


class PlayStore:
    """Stores chunks of one batch and caches the item id of each work."""

    def __init__(self) -> None:
        self._item_ids: dict[Key, int] = {}

    def store(self, batch: ImportBatch, rows: Sequence[PlayRow]) -> int:
        """Stores the rows; returns how many events were new."""
        rows = [row for row in rows if row.outcome in STORED]
        item_ids = self._remembered_items({row.key for row in rows})
        stored = _store_works(batch, dict.fromkeys(row.key for row in rows if row.key not in item_ids))
        item_ids |= {key: stored_work.item.pk for key, stored_work in stored.items()}
        self._item_ids |= item_ids
        added = _insert_events(batch, [(row.pk, item_ids[row.key]) for row in rows])
        _update_rows(_list_changes(rows, item_ids, stored, added))
        return sum(added.values())

    def _remembered_items(self, keys: set[Key]) -> dict[Key, int]:
        """Cached item ids that still exist; the key lock keeps them from being deleted until the chunk is committed."""
        if len(self._item_ids) > MOST_REMEMBERED:
            self._item_ids.clear()
        remembered = {key: self._item_ids[key] for key in keys if key in self._item_ids}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM library_item WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [sorted(set(remembered.values()))],
            )
            existing = {int(row[0]) for row in cursor.fetchall()}
        return {key: item_id for key, item_id in remembered.items() if item_id in existing}


def _store_works(batch: ImportBatch, keys: Iterable[Key]) -> dict[Key, StoredWork]:
    works = {key: ParsedWork.from_json(json.loads(key[0])) for key in keys}
    if not works:
        return {}
    writer = WorkWriter(batch, works.values())
    stored = {key: writer.store_one(work, item_id=key[1]) for key, work in works.items()}
    writer.write()
    return stored


def _insert_events(batch: ImportBatch, pairs: Sequence[tuple[int, int]]) -> Counter[int]:
    """The number of new events by item. Duplicates are dropped by the unique constraint of the table."""
    if not pairs:
        return Counter()
    arrays = [_array_literal(numbers) for numbers in zip(*pairs, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_EVENTS, [batch.person_id, batch.source, batch.pk, *arrays])
        return Counter(int(row[0]) for row in cursor.fetchall())


def _array_literal(numbers: Iterable[int]) -> str:
    """A PostgreSQL array literal; psycopg's own adaptation is slow for long lists."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _list_changes(
    rows: Sequence[PlayRow], item_ids: dict[Key, int], stored: dict[Key, StoredWork], added: Counter[int]
) -> list[dict[str, Any]]:
    """The outcome of each row. The first row of a work records what was created or filled in, where undo reads it."""
    first_stores = dict(stored)
    changes = []
    for row in rows:
        item_id, first_store = item_ids[row.key], first_stores.pop(row.key, None)
        filled = first_store.list_filled() if first_store else None
        outcome = NEW if first_store and first_store.is_new else KNOWN if filled or added[item_id] else DUPLICATE
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
