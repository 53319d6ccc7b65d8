"""Moves rows that reference an item to another item, in any app's tables, reversibly.

Tables are found through the models, so that a new one that references items needs no change here. Rows that cannot move
(the other item has such a row already) are stored whole, as JSON that PostgreSQL itself writes and reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import IntegrityError, connection, models, transaction

from mediarec.library.models import Item, ItemChange


@dataclass
class Reassignment:
    """Changes in order. `moved`: (table, column, row ID, previous item ID). `dropped`: (table, whole row). `changed`:
    (table, row ID, previous values)."""

    moved: list[tuple[str, str, int, int]] = field(default_factory=list)
    dropped: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Reassignment:
        return cls(stored["moved"], stored["dropped"], stored["changed"])


def list_references() -> Iterator[tuple[type[models.Model], str]]:
    """Every (model, column) that references items, in all apps, hidden reverse relations included."""
    for relation in Item._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.related_model is not ItemChange:
            yield relation.related_model, relation.field.attname


def reassign_row(row: models.Model, column: str, item_id: int, moves: Reassignment) -> bool:
    """False if the item has such a row already: the row is then stored, and deleted with its old item."""
    table, before = row._meta.db_table, int(getattr(row, column))
    try:
        with transaction.atomic():
            _write(table, int(row.pk), {column: item_id})
    except IntegrityError:
        moves.dropped.append((table, read_row(table, int(row.pk))))
        return False
    moves.moved.append((table, column, int(row.pk), before))
    return True


def change_row(row: models.Model, values: dict[str, Any], moves: Reassignment) -> None:
    """Writes columns of a row and records their previous values."""
    table, previous = row._meta.db_table, read_row(row._meta.db_table, int(row.pk))
    moves.changed.append((table, int(row.pk), {name: previous[name] for name in values}))
    _write(table, int(row.pk), values)


def mark_stale(item_ids: Sequence[int], moves: Reassignment) -> None:
    """Marks the items' vectors as stale; they keep serving until they are replaced."""
    for model, column in list_references():
        names = {model_field.name for model_field in model._meta.concrete_fields}
        if {"vector", "content_hash"} <= names:
            for row in model._default_manager.filter(**{f"{column}__in": item_ids}).exclude(content_hash=""):
                change_row(row, {"content_hash": ""}, moves)


def undo_reassignment(moves: Reassignment, item_id: int) -> None:
    """Moves the rows back from this item. Rows that were deleted, moved on or recorded anew since are left
    alone."""
    existing = set(Item.objects.filter(pk__in={before for *_, before in moves.moved}).values_list("pk", flat=True))
    for table, column, pk, before in reversed(moves.moved):
        if before in existing:
            with suppress(IntegrityError), transaction.atomic():
                _write(table, pk, {column: before}, only_at=item_id)
    for table, row in moves.dropped:
        insert_row(table, row)
    for table, pk, values in reversed(moves.changed):
        with suppress(IntegrityError), transaction.atomic():
            restore_row(table, pk, values)


def read_row(table: str, pk: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(row) FROM {_quote(table)} AS row WHERE id = %s", [pk])  # noqa: S608
        stored = cursor.fetchone()[0]
    return dict(json.loads(stored) if isinstance(stored, str) else stored)


def insert_row(table: str, whole: dict[str, Any]) -> None:
    """Inserts a stored row with its primary key; does nothing if a constraint forbids it."""
    name = _quote(table)
    with suppress(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name} SELECT * FROM jsonb_populate_record(NULL::{name}, %s::jsonb)",  # noqa: S608
            [json.dumps(whole)],
        )
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # deferred constraints would otherwise fail the outer transaction at commit
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def restore_row(table: str, pk: int, values: dict[str, Any]) -> None:
    """Writes columns from JSON, converted to the column types by PostgreSQL."""
    name = _quote(table)
    columns = ", ".join(f"{_quote(column)} = was.{_quote(column)}" for column in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {name} AS row SET {columns} "  # noqa: S608
            f"FROM jsonb_populate_record(NULL::{name}, %s::jsonb) AS was WHERE row.id = %s",
            [json.dumps(values), pk],
        )


def _write(table: str, pk: int, values: dict[str, Any], only_at: int | None = None) -> None:
    """With `only_at`, a row that references another item meanwhile is left alone."""
    columns = ", ".join(f"{_quote(column)} = %s" for column in values)
    where = "".join(f" AND {_quote(column)} = {int(only_at)}" for column in values) if only_at is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {_quote(table)} SET {columns} WHERE id = %s{where}", [*values.values(), pk])  # noqa: S608


def _quote(name: str) -> str:
    """Quotes an identifier. Names come from the models, never from user input."""
    return connection.ops.quote_name(name)
