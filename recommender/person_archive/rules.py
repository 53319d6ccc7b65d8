"""Standing rules in a person archive: the person's words and the parsed filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mediarec.library.person_archive.restored_rows import build_undo, date_row, read_time
from mediarec.library.person_archive.tables import ArchiveTable, Record, RowIds
from recommender.models import SteeringRule
from recommender.person_archive.values import FLAG, MAYBE_TEXT, OBJECT, TEXT, cut, write_time
from recommender.person_archive.wishes import list_wish_items, read_filters


def _read(person_id: int) -> Iterator[dict[str, Any]]:
    for row in SteeringRule.objects.filter(person_id=person_id).order_by("pk").iterator():
        yield {
            **{"text": row.text, "understood": row.understood, "filters": row.filters, "is_active": row.is_active},
            **{"created_at": write_time(row.created_at), "expires_at": write_time(row.expires_at)},
        }


def _list_items(person_id: int) -> Iterator[int]:
    rules = SteeringRule.objects.filter(person_id=person_id)
    yield from list_wish_items({"filters": filters} for filters in rules.values_list("filters", flat=True))


def _restore(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> RowIds:
    created: RowIds = []
    for record in records:
        filters = read_filters(record["filters"], numbers)
        fields = {"text": cut(record["text"]), "understood": cut(record["understood"]), "filters": filters}
        if SteeringRule.objects.filter(person_id=person_id, **fields).exists():
            continue
        expires = read_time(record["expires_at"])
        row = SteeringRule.objects.create(
            person_id=person_id, **fields, is_active=record["is_active"], expires_at=expires
        )
        date_row(row, "created_at", record["created_at"])
        created.append(row.pk)
    return created


RULES = ArchiveTable(
    "rules", "standing rules, in the person's words and as understood",
    {
        "text": TEXT, "understood": TEXT, "filters": OBJECT, "is_active": FLAG, "created_at": TEXT,
        "expires_at": MAYBE_TEXT,
    },
    _read, _list_items, _restore, build_undo(SteeringRule),
)  # fmt: skip
