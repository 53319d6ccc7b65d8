"""Candidates nearest to the sequence model's vector of the person, and to each of their interests."""

from __future__ import annotations

from recommender.models import Modality
from recommender.retrieval.candidate_merge import round_robin
from recommender.retrieval.context import RetrievalContext
from recommender.taste.interests import allocate_slots, shift_towards
from recommender.taste.person_interests import PersonInterests, load_interests
from recommender.types import Candidate, Vector
from recommender.vectors import spaces

NAME = "sequence"
INTEREST_NAME = "interest"  # "interest 1" is the person's largest interest
WIDE_FACTOR = 3  # over-fetch: known items are near the person's vector and are dropped later
PLAIN_SHARE = 0.5  # slots for the person's overall vector: interests alone had lower recall on MovieLens-1M


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    """One search per interest without filters; one per medium with them, by the person's overall vector only."""
    if scope.person_vector is None:
        return []
    vector = scope.person_vector.vector
    if scope.is_unfiltered:
        interests = load_interests(scope.profile, scope.person_vector)
        if interests.has_several:
            return _find_for_each(vector, interests, WIDE_FACTOR * scope.limit)
        neighbours = spaces.nearest(Modality.TASTE, vector, WIDE_FACTOR * scope.limit)
    else:
        neighbours = [
            pair
            for medium in scope.mediums
            for pair in spaces.nearest(Modality.TASTE, vector, scope.limit, where=scope.items_of(medium))
        ]
    return [Candidate(item_id, "", {NAME: cosine}) for item_id, cosine in neighbours]


def _find_for_each(person: Vector, interests: PersonInterests, limit: int) -> list[Candidate]:
    """One search for the person and one per interest, in one SQL statement; `limit` candidates in all."""
    overall = round(PLAIN_SHARE * limit)
    slots = [overall, *allocate_slots(interests.shares, limit - overall)]
    queries = [person, *shift_towards(person, interests.interests)]
    neighbour_lists = spaces.nearest_each(Modality.TASTE, queries, max(slots))
    names = [NAME, *(f"{INTEREST_NAME} {number}" for number in range(1, len(queries)))]
    return round_robin(
        [
            [Candidate(item_id, "", {NAME: cosine, name: cosine}) for item_id, cosine in neighbours[:count]]
            for name, neighbours, count in zip(names, neighbour_lists, slots, strict=True)
        ]
    )
