"""Imported events as rows: the same one twice is one, and the newest word on a film is the one that stands."""

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
    """How many events were new, by item, and the events of before that a newer word has ended, by item."""

    added: Counter[int] = field(default_factory=Counter)
    ended: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def store_events(rows: Sequence[tuple[int, Iterable[ParsedEvent]]], batch: ImportBatch, origin: str) -> EventCounts:
    """Writes the events of (item, events). A mark (liked, rated, saved) older than what stands against it is not
    written: an old export must not overturn what was said since."""
    counts = EventCounts()
    wanted: dict[Key, ParsedEvent] = {
        (item_id, event.what, event.occurred_at): event for item_id, events in rows for event in events
    }
    standing = _find_standing(batch.person_id, {key[0] for key in wanted})
    fresh = []
    for key in sorted(wanted, key=lambda key: key[2], reverse=True):  # the newest first, so that it stands
        against = [known for known in standing[key[0]] if _is_against(key, known)]
        if key in {(known.item_id, known.what, known.occurred_at) for known in standing[key[0]]}:
            continue
        if any(known.occurred_at > key[2] for known in against):
            continue
        made = _build(key, wanted[key], batch, origin)
        counts.ended[key[0]] += [known.pk for known in against if known.pk]
        counts.added[key[0]] += 1
        standing[key[0]].append(made)
        fresh.append(made)
    ended = [pk for pks in counts.ended.values() for pk in pks]
    Interaction.objects.filter(pk__in=ended).update(withdrawn_at=timezone.now())
    Interaction.objects.bulk_create(reversed(fresh), batch_size=1000, ignore_conflicts=True)
    return counts


def _find_standing(person_id: int, item_ids: set[int]) -> dict[int, list[Interaction]]:
    found: dict[int, list[Interaction]] = defaultdict(list)
    for known in Interaction.objects.filter(person_id=person_id, item_id__in=item_ids, withdrawn_at__isnull=True):
        found[known.item_id].append(known)
    return found


def _is_against(key: Key, known: Interaction) -> bool:
    """The same mark said again, or its opposite."""
    _, what, _ = key
    return what in ACTIVE_MARKS and (known.what == what or known.what in OPPOSITES.get(InteractionType(what), ()))


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
