"""Stores imported events: duplicates once, and of marks on one item only the newest stays active."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from mediarec.library.importers.base import ParsedEvent
from mediarec.library.interactions import ACTIVE_MARKS, OPPOSITES
from mediarec.library.models import ImportBatch, Interaction, InteractionType

Key = tuple[int, str, datetime]  # item, what, when


@dataclass
class EventCounts:
    """By item: the number of new events, and the ids of earlier events that a newer mark has ended."""

    added: Counter[int] = field(default_factory=Counter)
    ended: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def store_events(rows: Sequence[tuple[int, Iterable[ParsedEvent]]], batch: ImportBatch, origin: str) -> EventCounts:
    """Writes events for (item id, events) pairs. A mark (liked, rated, saved) that is older than an equal or opposite
    active one is not written: an old export must not override newer feedback."""
    counts = EventCounts()
    events_by_key: dict[Key, ParsedEvent] = {
        (item_id, event.what, event.occurred_at): event for item_id, events in rows for event in events
    }
    active = _load_active(batch.person_id, {key[0] for key in events_by_key})
    new_rows = []
    newest_first = sorted(events_by_key, key=lambda key: key[2], reverse=True)  # so that the newest becomes active
    for key in newest_first:
        opposing = [existing for existing in active[key[0]] if _is_opposing(key, existing)]
        if key in {(existing.item_id, existing.what, existing.occurred_at) for existing in active[key[0]]}:
            continue
        if any(existing.occurred_at > key[2] for existing in opposing):
            continue
        row = _build(key, events_by_key[key], batch, origin)
        counts.ended[key[0]] += [existing.pk for existing in opposing if existing.pk]
        counts.added[key[0]] += 1
        active[key[0]].append(row)
        new_rows.append(row)
    ended = [pk for pks in counts.ended.values() for pk in pks]
    Interaction.objects.filter(pk__in=ended).update(withdrawn_at=timezone.now())
    Interaction.objects.bulk_create(reversed(new_rows), batch_size=1000, ignore_conflicts=True)
    return counts


def _load_active(person_id: int, item_ids: set[int]) -> dict[int, list[Interaction]]:
    active: dict[int, list[Interaction]] = defaultdict(list)
    for existing in Interaction.objects.filter(person_id=person_id, item_id__in=item_ids, withdrawn_at__isnull=True):
        active[existing.item_id].append(existing)
    return active


def _is_opposing(key: Key, existing: Interaction) -> bool:
    """Whether the event is a mark and the existing interaction the same mark or its opposite."""
    _, what, _ = key
    return what in ACTIVE_MARKS and (existing.what == what or existing.what in OPPOSITES.get(InteractionType(what), ()))


def _build(key: Key, event: ParsedEvent, batch: ImportBatch, origin: str) -> Interaction:
    return Interaction(
        person_id=batch.person_id,
        item_id=key[0],
        what=key[1],
        occurred_at=key[2],
        value=event.value,
        progress=event.progress,
        origin=event.origin or origin,
        batch=batch,
    )
