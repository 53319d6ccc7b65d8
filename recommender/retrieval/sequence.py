"""Candidates near where the sequential model expects this person to go next."""

from __future__ import annotations

from recommender import spaces
from recommender.models import Modality
from recommender.retrieval.scope import Scope
from recommender.types import Candidate

NAME = "sequence"


def find_candidates(scope: Scope) -> list[Candidate]:
    if scope.person_vector is None:
        return []
    found = spaces.nearest(Modality.TASTE, scope.person_vector.vector, scope.limit, where=scope.items)
    return [Candidate(item_id, "", {NAME: cosine}) for item_id, cosine in found]
