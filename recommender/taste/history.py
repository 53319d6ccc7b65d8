"""A person's interaction history as signed, weighted events, oldest first, without ignored items.

Knows no vectors and no candidates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q, QuerySet, Sum

from mediarec.library.models import Interaction, InteractionType
from recommender.caching import TTLCache
from recommender.taste.ignored_items import exclude_ignored, read_ignored_key
from recommender.taste.time_decay import DECAY

COLUMNS = ("item_id", "item__kind", "item__title", "what", "value", "progress", "occurred_at")
MAX_EVENTS = 4000  # the newest; older events no longer affect the profile
CACHED_PEOPLE = 64


@dataclass(frozen=True)
class EventWeights:
    """Weight of each event type, set by judgement: explicit feedback counts more than a play."""

    by_what: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                InteractionType.LIKED: 1.5,
                InteractionType.FINISHED: 1.0,
                InteractionType.PLAYED: 0.5,
                InteractionType.SAVED: 0.4,
                InteractionType.SKIPPED: -0.4,
                InteractionType.ABANDONED: -0.8,
                InteractionType.HIDDEN: -1.2,
                InteractionType.DISLIKED: -1.5,
            }
        )
    )
    rating_scale: float = 3.0  # a full rating of 1.0 then weighs 1.3, a zero -1.7
    neutral_rating: float = 0.575  # halfway between DISLIKED_RATING and LIKED_RATING


WEIGHTS = EventWeights()


@dataclass(frozen=True)
class TasteEvent:
    """One event; `weight` is signed and not yet decayed by time."""

    item_id: int
    kind: str
    title: str
    what: str
    weight: float
    occurred_at: datetime
    value: float | None = None


class HistoryKey(NamedTuple):
    """Cache key of a history: changes whenever an event is recorded, withdrawn, removed or moved to another item."""

    last: int
    total: int
    withdrawn: int
    items: int
    unused: tuple[int, int]


@dataclass(frozen=True)
class History:
    """Events, oldest first; `key` identifies this version of the history."""

    person_id: int
    key: HistoryKey
    events: tuple[TasteEvent, ...]

    @cached_property
    def item_weights(self) -> dict[int, float]:
        """Decayed weight per item, log-damped, so that one song on repeat does not dominate."""
        sums: dict[int, float] = {}
        for event in self.events:
            sums[event.item_id] = sums.get(event.item_id, 0.0) + event.weight * self.decay(event)
        return {item_id: math.copysign(math.log1p(abs(total)), total) for item_id, total in sums.items()}

    @cached_property
    def positive_ids(self) -> list[int]:
        """Distinct items with a positive weight, newest first."""
        return [e.item_id for e in self._newest_per_item if self.item_weights[e.item_id] > 0]

    @cached_property
    def negative_ids(self) -> list[int]:
        return [e.item_id for e in self._newest_per_item if self.item_weights[e.item_id] < 0]

    @cached_property
    def kinds(self) -> dict[int, str]:
        return {event.item_id: event.kind for event in self.events}

    @cached_property
    def titles(self) -> dict[int, str]:
        return {event.item_id: event.title for event in self.events}

    @cached_property
    def positive_signal(self) -> dict[int, str]:
        """The strongest positive event type of each liked item: liked, finished, rated or played."""
        order = [InteractionType.PLAYED, InteractionType.RATED, InteractionType.FINISHED, InteractionType.LIKED]
        strongest: dict[int, str] = {}
        for event in self.events:
            if event.weight > 0 and event.what in order and self.item_weights[event.item_id] > 0:
                best = strongest.get(event.item_id)
                if best is None or order.index(InteractionType(event.what)) > order.index(InteractionType(best)):
                    strongest[event.item_id] = event.what
        return strongest

    @cached_property
    def items_by_signal(self) -> dict[str, frozenset[int]]:
        """Items by event type; ratings are split into "rated well" and "rated low"."""
        items: dict[str, set[int]] = {}
        for event in self.events:
            what = (
                event.what
                if event.what != InteractionType.RATED
                else ("rated well" if event.weight > 0 else "rated low")
            )
            items.setdefault(what, set()).add(event.item_id)
        return {what: frozenset(ids) for what, ids in items.items()}

    def decay(self, event: TasteEvent) -> float:
        """Time decay by the event's age relative to the newest event."""
        return DECAY.weight((self.events[-1].occurred_at - event.occurred_at).total_seconds() / 86400)

    @cached_property
    def _newest_per_item(self) -> list[TasteEvent]:
        return list({event.item_id: event for event in reversed(self.events)}.values())


_cache: TTLCache[int, History] = TTLCache(CACHED_PEOPLE)


def load_history(person_id: int) -> History:
    """Cached; read again only when something was recorded, withdrawn, removed or moved to another item."""
    key = _read_key(person_id)

    def read() -> History:
        former = _cache.peek(person_id)
        return History(person_id, key, (former and _extend(former, key)) or _read_events(person_id, key))

    return _cache.get(person_id, read, version=key)


def _read_key(person_id: int) -> HistoryKey:
    aggregates = Interaction.objects.filter(person_id=person_id).aggregate(
        last=Max("id"),
        total=Count("id"),
        withdrawn=Sum(
            "id", filter=Q(withdrawn_at__isnull=False)
        ),  # a sum, since one may be restored while another is withdrawn
        items=Sum("item_id"),
    )
    numbers = {name: value or 0 for name, value in aggregates.items()}
    return HistoryKey(**numbers, unused=read_ignored_key(person_id))


def _read_events(person_id: int, key: HistoryKey) -> tuple[TasteEvent, ...]:
    """Events up to `key.last`; later ones are added by `_extend`."""
    counted = _list_weighted(person_id).filter(id__lte=key.last)
    rows = counted.order_by("-occurred_at", "-id").values_list(*COLUMNS)[:MAX_EVENTS]
    return tuple(reversed([_read_event(row) for row in rows]))


def _extend(former: History, key: HistoryKey) -> tuple[TasteEvent, ...] | None:
    """The former events plus those recorded since, the common case; None if anything else changed too."""
    old = former.key
    if not former.events or (old.withdrawn, old.unused) != (key.withdrawn, key.unused):
        return None
    since = Q(id__gt=old.last, id__lte=key.last)
    items = list(Interaction.objects.filter(since, person_id=former.person_id).values_list("item_id", flat=True))
    if (len(items), sum(items)) != (key.total - old.total, key.items - old.items):
        return None
    rows = _list_weighted(former.person_id).filter(since).order_by("occurred_at", "id")
    recorded = [_read_event(row) for row in rows.values_list(*COLUMNS)]
    if recorded and recorded[0].occurred_at < former.events[-1].occurred_at:
        return None
    return (*former.events, *recorded)[-MAX_EVENTS:]


def _list_weighted(person_id: int) -> QuerySet[Interaction]:
    return exclude_ignored(Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True))


def _read_event(row: tuple[Any, ...]) -> TasteEvent:
    item_id, kind, title, what, value, progress, occurred_at = row
    return TasteEvent(item_id, kind, title, what, weigh_event(what, value, progress), occurred_at, value)


def weigh_event(what: str, value: float | None, progress: float | None) -> float:
    """Signed weight before time decay: plays by progress (0..1), ratings by their distance from neutral."""
    if what == InteractionType.RATED:
        return WEIGHTS.rating_scale * (
            (value if value is not None else WEIGHTS.neutral_rating) - WEIGHTS.neutral_rating
        )
    if what == InteractionType.PLAYED and progress is not None:
        return WEIGHTS.by_what[InteractionType.FINISHED] * progress
    return WEIGHTS.by_what[what]
