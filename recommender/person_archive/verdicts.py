"""Verdicts on outlier events ("was that you?") in a person archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mediarec.library.models import Interaction, InteractionType
from mediarec.library.person_archive.restored_rows import build_undo, date_row, read_time
from mediarec.library.person_archive.tables import ArchiveTable, Record, RowIds
from recommender.models import EventVerdict
from recommender.person_archive.values import FLAG, TEXT, write_time


def _read(person_id: int) -> Iterator[dict[str, Any]]:
    rows = EventVerdict.objects.filter(person_id=person_id).select_related("interaction").order_by("pk")
    for row in rows.iterator():
        event = row.interaction
        yield {
            **{"item": event.item_id, "what": event.what, "occurred_at": event.occurred_at.isoformat()},
            **{"is_mine": row.is_mine, "answered_at": write_time(row.answered_at)},
        }


def _list_items(person_id: int) -> Iterable[int]:
    return EventVerdict.objects.filter(person_id=person_id).values_list("interaction__item_id", flat=True)


def _restore(person_id: int, records: Iterable[Record], numbers: Mapping[int, int]) -> RowIds:
    """Attaches each verdict to its event: an active one if it is the person's, else a withdrawn one."""
    created: RowIds = []
    for record in records:
        item_id, at = numbers.get(record["item"]), read_time(record["occurred_at"])
        if item_id is None or at is None or record["what"] not in InteractionType.values:
            continue
        candidates = Interaction.objects.filter(
            person_id=person_id, item_id=item_id, what=record["what"], occurred_at=at
        )
        event = candidates.filter(verdict__isnull=True, withdrawn_at__isnull=record["is_mine"]).first()
        if event is not None:
            row = EventVerdict.objects.create(person_id=person_id, interaction=event, is_mine=record["is_mine"])
            date_row(row, "answered_at", record["answered_at"])
            created.append(row.pk)
    return created


VERDICTS = ArchiveTable(
    "verdicts", "answers to whether a doubtful event was the person's own",
    {"item": (int,), "what": TEXT, "occurred_at": TEXT, "is_mine": FLAG, "answered_at": TEXT},
    _read, _list_items, _restore, build_undo(EventVerdict),
)  # fmt: skip
