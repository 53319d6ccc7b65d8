"""Bulk inserts of new items, their credits and external ids, in a handful of statements. Knows no matching.

Items get their primary keys before they are written, and the search column is part of the INSERT: each row is written
once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from mediarec.library.item_lookup import SEARCH_WITH_NAMES
from mediarec.library.models import Item

TAKE_NUMBERS = "SELECT nextval(pg_get_serial_sequence('library_item', 'id')) FROM generate_series(1, %s)"
COLUMNS = (
    "id bigint, kind text, title text, original_title text, title_key text, year smallint, genres text[], tags text[], "
    "language text, runtime_seconds integer, synopsis text, parent_id bigint, season smallint, number integer, "
    "artwork text, artwork_is_drawn boolean, popularity float8, batch_id bigint"
)
COLUMN_NAMES = tuple(column.split()[0] for column in COLUMNS.split(", "))
INSERT_ITEMS = f"""
    INSERT INTO library_item (
        {", ".join(COLUMN_NAMES)}, is_excluded, edited_fields, catalogue, search, created_at, updated_at)
    SELECT {", ".join(f"item.{column}" for column in COLUMN_NAMES)}, false, '{{}}', '',
        {SEARCH_WITH_NAMES % {"names": "item.names"}}, now(), now()
    FROM json_to_recordset(%s::json) AS item({COLUMNS}, names text)
"""  # noqa: S608 - constants of this file
INSERT_CREDITS = """
    INSERT INTO library_credit (item_id, contributor_id, role, position)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[]) ON CONFLICT DO NOTHING
"""
INSERT_IDS = """
    INSERT INTO library_externalid (item_id, namespace, value)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) RETURNING namespace, value, id
"""


class CreditRow(NamedTuple):
    item_id: int
    contributor_id: int
    role: str
    position: int


class IdRow(NamedTuple):
    item_id: int
    namespace: str
    value: str


def number_items(items: Sequence[Item]) -> None:
    """Assigns primary keys from the sequence; parents and children may be in any order."""
    if not items:
        return
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBERS, [len(items)])
        for item, (number,) in zip(items, cursor.fetchall(), strict=True):
            item.pk = number
    for item in items:
        if item.parent is not None:
            item.parent_id = item.parent.pk


def insert_items(items: Sequence[Item], names: Mapping[int, str]) -> None:
    """Inserts items that have primary keys; `names` holds the people of each item for the search column."""
    if items:
        records = [{**_read_columns(item), "names": names.get(item.pk, "")} for item in items]
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ITEMS, [json.dumps(records, ensure_ascii=False)])
        for item in items:
            item._state.adding, item._state.db = False, connection.alias


def _read_columns(item: Item) -> dict[str, object]:
    return {column: getattr(item, column) for column in COLUMN_NAMES}


def insert_credits(rows: Sequence[CreditRow]) -> None:
    """Inserts credits; existing ones stay as they are."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_CREDITS, [list(column) for column in zip(*rows, strict=True)])


def insert_ids(rows: Sequence[IdRow]) -> dict[tuple[str, str], int]:
    """Inserts external ids; returns the primary key of each by (namespace, value)."""
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(INSERT_IDS, [list(column) for column in zip(*rows, strict=True)])
        return {(namespace, value): int(number) for namespace, value, number in cursor.fetchall()}
