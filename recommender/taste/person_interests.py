"""A person's interests, clustered from their liked items. Knows the history and its vectors, no candidates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.caching import TTLCache
from recommender.models import EmbeddingSpace, Modality
from recommender.taste.history import History
from recommender.taste.interests import Column, Interest, find_interests
from recommender.taste.person_vector import PersonVector
from recommender.taste.profile import INCOMPLETE_SECONDS, PROFILE_ITEMS, Profile
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

CACHED_PEOPLE = 64


@dataclass(frozen=True)
class PersonInterests:
    """Interests, largest first, as clusters of `item_ids`.

    `modality` names the space: "taste" is the sequence model's, "text" the fallback without a person vector.
    """

    interests: tuple[Interest, ...]
    item_ids: tuple[int, ...]
    modality: Modality

    @property
    def has_several(self) -> bool:
        return len(self.interests) > 1

    @property
    def shares(self) -> list[float]:
        return [interest.share for interest in self.interests]

    @cached_property
    def centres(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:  # (k, dims), unit length
        return np.stack([interest.centre for interest in self.interests])

    def members(self, index: int) -> tuple[int, ...]:
        """Item IDs of one interest, newest first."""
        return tuple(self.item_ids[row] for row in self.interests[index].members)


NO_INTERESTS = PersonInterests((), (), Modality.TEXT)
_cache: TTLCache[int, PersonInterests] = TTLCache(CACHED_PEOPLE)


def load_interests(profile: Profile, person: PersonVector | None) -> PersonInterests:
    """Cached; clustered again only when the history changed or missing vectors may have been computed."""
    modality = Modality.TEXT if person is None else Modality.TASTE
    space = serving_space(modality)
    if space is None or profile.is_cold:
        return NO_INTERESTS
    history = profile.history
    liked_ids = history.positive_ids[:PROFILE_ITEMS]
    return _cache.get(
        history.person_id,
        lambda: _cluster(history, liked_ids, space, modality),
        version=(history.key, space.pk),
        lifetime=lambda cached: math.inf if len(cached.item_ids) == len(liked_ids) else INCOMPLETE_SECONDS,
    )


def _cluster(history: History, liked_ids: list[int], space: EmbeddingSpace, modality: Modality) -> PersonInterests:
    vectors = load_cached_vectors(space, liked_ids)
    ids = tuple(item_id for item_id in liked_ids if item_id in vectors)
    weights = np.array([history.item_weights[item_id] for item_id in ids], dtype=np.float32)
    interests = find_interests(np.stack([vectors[i] for i in ids]), weights, _no_ages(weights)) if ids else []
    return PersonInterests(tuple(interests), ids, modality)


def _no_ages(weights: Column) -> Column:
    """Zero ages: the weights of a history are already decayed."""
    return np.zeros_like(weights)
