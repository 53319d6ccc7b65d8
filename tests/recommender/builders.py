"""Histories, profiles and candidates made of plain numbers, for tests that need no database.

Every test that builds one of these records by hand does it here, so that a change of their fields is one edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from mediarec.library.models import InteractionType
from recommender.items.labels import LabelFrequencies
from recommender.items.media_types import Medium
from recommender.retrieval.pool import PoolItem
from recommender.taste.history import History, HistoryKey, TasteEvent, weigh_event
from recommender.taste.profile import Credits, Profile, VectorSet
from recommender.types import Vector

NOW = datetime(2025, 6, 1, tzinfo=UTC)
CATALOGUE = LabelFrequencies(98, {"rare": 4, "scarce": 9, "common": 89})  # shares of 0.05, 0.1 and 0.9


def unit(*numbers: float) -> Vector:
    """(dims,) of length 1 in the direction of these numbers."""
    vector = np.array(numbers, dtype=np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def make_event(
    item_id: int, what: InteractionType = InteractionType.LIKED, *, days_ago: float = 0.0, kind: str = "film"
) -> TasteEvent:
    weight = weigh_event(what, None, None)
    return TasteEvent(item_id, kind, f"Title {item_id}", what, weight, NOW - timedelta(days=days_ago))


def make_history(*events: TasteEvent) -> History:
    """Of events in any order."""
    ordered = tuple(sorted(events, key=lambda event: event.occurred_at))
    return History(1, HistoryKey(0, len(events), 0, 0, (0, 0)), ordered)


def make_profile(
    liked: Mapping[int, Vector] | None = None,
    disliked: Mapping[int, Vector] | None = None,
    *,
    labels: Mapping[str, tuple[int, ...]] | None = None,
    affinities: Mapping[str, float] | None = None,
    contributors: Mapping[int, Credits] | None = None,
    history: History | None = None,
) -> Profile:
    """Somebody who liked and disliked these items of these vectors, the first liked item last, all on one day.

    `labels` are genres and tags with the liked items that carry them; without a history given, each item has one event.
    """
    liked, disliked = liked or {}, disliked or {}
    events = [make_event(item_id, days_ago=place / 1e6) for place, item_id in enumerate(liked)]
    events += [make_event(item_id, InteractionType.DISLIKED) for item_id in disliked]
    history = history or make_history(*events)
    return Profile(
        history=history,
        liked=_stack(liked, history),
        disliked=_stack(disliked, history),
        affinities=affinities or {},
        label_frequencies=labels or {},
        contributors=contributors or {},
        details={},
        shares=dict.fromkeys(Medium, 1 / len(Medium)),
        counts=CATALOGUE,
    )


def _stack(vectors: Mapping[int, Vector], history: History) -> VectorSet:
    if not vectors:
        return VectorSet()
    weights = np.array([abs(history.item_weights[item_id]) for item_id in vectors], dtype=np.float32)
    return VectorSet(tuple(vectors), np.stack(list(vectors.values())), weights)


def make_item(
    item_id: int,
    *labels: str,
    kind: str = "film",
    leads: tuple[int, ...] = (),
    popularity: float = 0.0,
    year: int | None = None,
) -> PoolItem:
    """A candidate's row with these genres and tags."""
    return PoolItem(item_id, kind, f"Title {item_id}", year, None, popularity, NOW, labels, leads)
