"""The person vector: the sequence model's query vector for a person's next item, in its item space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.utils import timezone

from mediarec.library.models import InteractionType
from recommender.backends import registry
from recommender.caching import TTLCache
from recommender.models import EmbeddingSpace, Modality
from recommender.sequence.serving import SequenceRanker
from recommender.taste.history import History, TasteEvent
from recommender.types import Vector
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

CACHED_PEOPLE = 64
READ_AHEAD = 2  # events read per position of the sequence, since some items have no vector yet


@dataclass(frozen=True)
class PersonVector:
    """`vector` is (dims,), unit length; `ranker` names the weights that computed it."""

    vector: Vector
    ranker: str


Model = tuple[EmbeddingSpace, SequenceRanker]
_cache: TTLCache[int, PersonVector | None] = TTLCache(CACHED_PEOPLE)


def load_person_vector(history: History) -> PersonVector | None:
    """Cached; None without weights, without item vectors of those weights, or without a readable event."""
    model = serving_model() if history.events else None
    if model is None:
        return None
    return _cache.get(
        history.person_id,
        lambda: embed_history(history, model, timezone.now()),
        version=(history.key, model[0].pk),
        lifetime=lambda person: 0.0 if person is None else math.inf,  # missing item vectors may be computed any moment
    )


def serving_model() -> Model | None:
    """The serving taste space and the weights that computed it; None if they do not match."""
    space = serving_space(Modality.TASTE)
    ranker = registry.current_ranker() if space is not None else None
    if space is None or ranker is None or (space.encoder, space.version) != (ranker.name, ranker.version):
        return None
    return space, ranker


def embed_history(history: History, model: Model, now: datetime) -> PersonVector | None:
    """Person vector at time `now` from the given events; not cached."""
    space, ranker = model
    recent = select_readable_events(history.events, ranker.facts.get("trained_events"))[-READ_AHEAD * ranker.length :]
    vectors = load_cached_vectors(space, list({event.item_id for event in recent}))
    events = [event for event in recent if event.item_id in vectors][-ranker.length :]
    if not events:
        return None
    person = ranker.embed_person(
        np.stack([vectors[event.item_id] for event in events]),
        [name_event(event) for event in events],
        [(now - event.occurred_at).total_seconds() for event in events],
    )
    return PersonVector(person, ranker.name)


def select_readable_events(events: Sequence[TasteEvent], trained: Sequence[str] | None) -> list[TasteEvent]:
    """The events that the weights can read: of the event types they were trained with, else only positive ones.

    A like right after finishing the same item is merged into one event, as in the training data.
    """
    if trained is None:
        return [event for event in events if event.weight > 0]
    trained_types = frozenset(trained)
    chosen: list[TasteEvent] = []
    for event in events:
        former = chosen[-1] if chosen else None
        is_repeat = former is not None and is_same_event(former.item_id, former.weight, event.item_id, event.weight)
        if name_event(event) in trained_types and not is_repeat:
            chosen.append(event)
    return chosen


def is_same_event(former_id: int, former_weight: float, item_id: int, weight: float) -> bool:
    """Consecutive events on one item with the same sign are one event for the model."""
    return former_id == item_id and (former_weight > 0) == (weight > 0)


def name_event(event: TasteEvent) -> str:
    """Event type in the model's vocabulary, which splits ratings into high and low."""
    if event.what != InteractionType.RATED:
        return event.what
    return "rated_high" if event.weight > 0 else "rated_low"
