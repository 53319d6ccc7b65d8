"""A person's several tastes, read from what they took to. Knows the history and its vectors, no candidates."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.models import Modality
from recommender.taste.interests import Column, Interest, find_interests
from recommender.taste.person_vector import PersonVector
from recommender.taste.profile import INCOMPLETE_SECONDS, PROFILE_ITEMS, Profile
from recommender.vectors.cache import find_space, load_vectors

CACHED_PEOPLE = 64


@dataclass(frozen=True)
class PersonInterests:
    """The largest first, as groups of the items they were read from. `modality` says in which space: "taste" is the
    sequential model's, "text" the stand-in where that model has no vectors."""

    interests: tuple[Interest, ...]
    item_ids: tuple[int, ...]
    modality: Modality

    @property
    def are_several(self) -> bool:
        return len(self.interests) > 1

    @property
    def shares(self) -> list[float]:
        return [interest.share for interest in self.interests]

    @cached_property
    def centres(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:  # (k, dims), unit length
        return np.stack([interest.centre for interest in self.interests])

    def members(self, place: int) -> tuple[int, ...]:
        """Items of one interest, the newest first."""
        return tuple(self.item_ids[row] for row in self.interests[place].members)


NO_INTERESTS = PersonInterests((), (), Modality.TEXT)
_cache: OrderedDict[int, tuple[tuple[object, ...], float, PersonInterests]] = OrderedDict()


def load_interests(profile: Profile, person: PersonVector | None) -> PersonInterests:
    """Divided again only when the history changed or items may have got the vectors they lacked."""
    modality = Modality.TEXT if person is None else Modality.TASTE
    space = find_space(modality)
    if space is None or profile.is_cold:
        return NO_INTERESTS
    history = profile.history
    key = (history.key, space.pk)
    kept = _cache.get(history.person_id)
    if kept is not None and kept[0] == key and kept[1] > time.monotonic():
        return kept[2]
    liked_ids = history.positive_ids[:PROFILE_ITEMS]
    vectors = load_vectors(space, liked_ids)
    ids = tuple(item_id for item_id in liked_ids if item_id in vectors)
    weights = np.array([history.item_weights[item_id] for item_id in ids], dtype=np.float32)
    found = find_interests(np.stack([vectors[i] for i in ids]), weights, _no_ages(weights)) if ids else []
    own = PersonInterests(tuple(found), ids, modality)
    until = math.inf if len(ids) == len(liked_ids) else time.monotonic() + INCOMPLETE_SECONDS
    _cache[history.person_id] = (key, until, own)
    _cache.move_to_end(history.person_id)
    while len(_cache) > CACHED_PEOPLE:
        _cache.popitem(last=False)
    return own


def _no_ages(weights: Column) -> Column:
    """The weights of a history have decayed with time already."""
    return np.zeros_like(weights)
