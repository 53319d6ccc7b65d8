"""Candidates near where the sequential model expects this person to go next."""

from __future__ import annotations

from recommender import spaces
from recommender.models import Modality
from recommender.retrieval.scope import Scope
from recommender.types import Candidate

NAME = "sequence"
WIDE_FACTOR = 3  # what the person knows already stands near them, and is dropped later


def find_candidates(scope: Scope) -> list[Candidate]:
    if scope.person_vector is None:
        return []
    vector = scope.person_vector.vector
    if scope.is_wide:
        found = spaces.nearest(Modality.TASTE, vector, WIDE_FACTOR * scope.limit)
    else:
        found = [
            pair
            for medium in scope.mediums
            for pair in spaces.nearest(Modality.TASTE, vector, scope.limit, where=scope.items_of(medium))
        ]
    return [Candidate(item_id, "", {NAME: cosine}) for item_id, cosine in found]
