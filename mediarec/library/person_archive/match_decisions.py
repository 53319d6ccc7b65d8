"""The archive's table of decisions on doubtful import rows; those of the whole household are not exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mediarec.library.models import Decision, RememberedChoice
from mediarec.library.person_archive.restored_rows import build_undo, date_row
from mediarec.library.person_archive.tables import ArchiveTable, Record, RowIds


def _read(person_id: int) -> Iterator[dict[str, Any]]:
    for row in RememberedChoice.objects.filter(person_id=person_id).order_by("pk").iterator():
        yield {
            **{"told": row.told, "decision": row.decision, "item": row.item_id, "fingerprint": row.fingerprint},
            "created_at": row.created_at.isoformat(),
        }


def _list_items(person_id: int) -> Iterable[int]:
    rows = RememberedChoice.objects.filter(person_id=person_id, item__isnull=False)
    return (number for number in rows.values_list("item_id", flat=True) if number is not None)


def _restore(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> RowIds:
    created: RowIds = []
    for record in records:
        item_id = numbers.get(record["item"]) if record["item"] is not None else None
        is_whole = record["decision"] in Decision.values and len(record["fingerprint"]) == 64
        if not is_whole or (record["decision"] == Decision.ITEM and item_id is None):
            continue
        row, is_new = RememberedChoice.objects.get_or_create(
            person_id=person_id,
            fingerprint=record["fingerprint"],
            defaults={"decision": record["decision"], "item_id": item_id, "told": record["told"][:1000]},
        )
        if is_new:
            date_row(row, "created_at", record["created_at"])
            created.append(row.pk)
    return created


MATCH_DECISIONS = ArchiveTable(
    "choices",
    "what was said of doubtful rows of imports",
    {
        "told": (str,),
        "decision": (str,),
        "item": (int, type(None)),
        "fingerprint": (str,),
        "created_at": (str,),
    },
    _read,
    _list_items,
    _restore,
    build_undo(RememberedChoice),
)
