"""Ignored items in a person archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mediarec.library.person_archive.restored_rows import build_undo, date_row
from mediarec.library.person_archive.tables import ArchiveTable, Record, RowIds
from recommender.models import UnusedItem
from recommender.person_archive.values import TEXT, renumber, write_time


def _read(person_id: int) -> Iterator[dict[str, Any]]:
    for row in UnusedItem.objects.filter(person_id=person_id).order_by("pk").iterator():
        yield {"item": row.item_id, "created_at": write_time(row.created_at)}


def _list_items(person_id: int) -> Iterable[int]:
    return UnusedItem.objects.filter(person_id=person_id).values_list("item_id", flat=True)


def _restore(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> RowIds:
    created: RowIds = []
    for record in records:
        for item_id in renumber([record["item"]], numbers):
            row, is_new = UnusedItem.objects.get_or_create(person_id=person_id, item_id=item_id)
            if is_new:
                date_row(row, "created_at", record["created_at"])
                created.append(row.pk)
    return created


UNUSED = ArchiveTable(
    "unused", "items that say nothing of the taste, by the person's own wish",
    {"item": (int,), "created_at": TEXT},
    _read, _list_items, _restore, build_undo(UnusedItem),
)  # fmt: skip
