"""Review of outlier events: asks a person whether they were theirs and stores the verdicts. Ranks nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from mediarec.library.errors import NotFoundError
from mediarec.library.interactions import undo_withdrawal, withdraw_interaction
from mediarec.library.models import Interaction
from recommender.caching import TTLCache
from recommender.models import EmbeddingSpace, EventVerdict, Modality
from recommender.taste.history import weigh_event
from recommender.taste.outliers import find_outliers
from recommender.taste.statements import refresh_statements
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

READ_EVENTS = 1000  # the newest; older events hardly affect the taste
REMEMBERED_SECONDS = 600.0
CACHED_SPACES = 16


@dataclass(frozen=True)
class OutlierEvents:
    """`compared` is the number of events examined; with few of them no outliers are reported."""

    interactions: tuple[Interaction, ...]
    compared: int


_means: TTLCache[int, NDArray[np.float32]] = TTLCache(CACHED_SPACES, REMEMBERED_SECONDS)


def list_outliers(person_id: int) -> OutlierEvents:
    """Unreviewed outliers, strongest first; none without vectors in both spaces.

    Repeated events are not reported, since only a single one is likely to be someone else's.
    """
    taste_space, text_space = serving_space(Modality.TASTE), serving_space(Modality.TEXT)
    events = _read_events(person_id)
    ids = [event.item_id for event in events]
    taste, text = load_cached_vectors(taste_space, ids), load_cached_vectors(text_space, ids)
    embedded = [event for event in events if event.item_id in taste and event.item_id in text]
    if taste_space is None or text_space is None or not embedded:
        return OutlierEvents((), 0)
    outliers = find_outliers(
        np.stack([taste[event.item_id] for event in embedded]),
        np.stack([text[event.item_id] for event in embedded]),
        _load_mean(taste_space),
        _load_mean(text_space),
    )
    times = Counter(ids)
    answered = set(EventVerdict.objects.filter(person_id=person_id).values_list("interaction_id", flat=True))
    candidates = [embedded[outlier.row] for outlier in outliers]
    return OutlierEvents(tuple(e for e in candidates if e.pk not in answered and times[e.item_id] == 1), len(embedded))


def list_rejected(person_id: int) -> list[Interaction]:
    """Events that the person said were not theirs, last verdict first; each can be undone."""
    rows = EventVerdict.objects.filter(person_id=person_id, is_mine=False, interaction__withdrawn_at__isnull=False)
    return [row.interaction for row in rows.select_related("interaction__item", "interaction__batch")]


def record_verdict(person_id: int, interaction_ids: Iterable[int], *, is_mine: bool) -> int:
    """Stores the verdicts; events that are not theirs are withdrawn. Raises NotFoundError, changing nothing."""
    with transaction.atomic():
        events = _find_own(person_id, interaction_ids)
        for event in events:
            EventVerdict.objects.update_or_create(
                interaction=event, defaults={"person_id": person_id, "is_mine": is_mine}
            )
            if not is_mine:
                withdraw_interaction(person_id, event.pk)
    return len(events)


def undo_verdicts(person_id: int, interaction_ids: Iterable[int]) -> int:
    """Restores withdrawn events and forgets the verdicts, so that they may be asked again."""
    with transaction.atomic():
        events = _find_own(person_id, interaction_ids)
        answers = EventVerdict.objects.filter(person_id=person_id, interaction__in=events)
        withdrawn = list(answers.filter(is_mine=False).values_list("interaction_id", flat=True))
        for interaction_id in withdrawn:
            undo_withdrawal(person_id, interaction_id)
        answers.delete()
    if withdrawn:
        refresh_statements(person_id)  # an undone withdrawal has no newer event that would trigger it
    return len(events)


def _find_own(person_id: int, interaction_ids: Iterable[int]) -> Sequence[Interaction]:
    ids = set(interaction_ids)
    events = list(Interaction.objects.filter(person_id=person_id, pk__in=ids))
    if len(events) != len(ids):
        raise NotFoundError("There is no such event in your history.")
    return events


def _read_events(person_id: int) -> list[Interaction]:
    """The newest positive events, oldest first; negative ones would be outliers by nature."""
    rows = Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True)
    newest = rows.select_related("item", "batch").order_by("-occurred_at", "-pk")[:READ_EVENTS]
    return [event for event in reversed(newest) if weigh_event(event.what, event.value, event.progress) > 0]


def _load_mean(space: EmbeddingSpace) -> NDArray[np.float32]:
    """(dims,) mean vector of a space, cached for ten minutes: new items hardly change it."""
    return _means.get(space.pk, lambda: _query_mean(space))


def _query_mean(space: EmbeddingSpace) -> NDArray[np.float32]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT avg(vector::vector)::real[] FROM recommender_embedding WHERE space_id = %s", [space.pk])
        return np.array(cursor.fetchone()[0], dtype=np.float32)
