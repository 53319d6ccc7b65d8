"""Candidates near where the sequential model expects this person to go next, in each of their tastes."""

from __future__ import annotations

from recommender.models import Modality
from recommender.retrieval.candidate_merge import round_robin
from recommender.retrieval.context import RetrievalContext
from recommender.taste.interests import allocate_slots, shift_towards
from recommender.taste.person_interests import PersonInterests, load_interests
from recommender.types import Candidate, Vector
from recommender.vectors import spaces

NAME = "sequence"
INTEREST_NAME = "interest"  # "interest 1" is the largest of a person's tastes
WIDE_FACTOR = 3  # what the person knows already stands near them, and is dropped later
PLAIN_SHARE = 0.5  # of the places, for the person as a whole: interests alone found less on MovieLens-1M


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    """Where filters pick out a part of the library, the person as a whole asks: each interest would cost a search."""
    if scope.person_vector is None:
        return []
    vector = scope.person_vector.vector
    if scope.is_unfiltered:
        own = load_interests(scope.profile, scope.person_vector)
        if own.are_several:
            return _find_for_each(vector, own, WIDE_FACTOR * scope.limit)
        found = spaces.nearest(Modality.TASTE, vector, WIDE_FACTOR * scope.limit)
    else:
        found = [
            pair
            for medium in scope.mediums
            for pair in spaces.nearest(Modality.TASTE, vector, scope.limit, where=scope.items_of(medium))
        ]
    return [Candidate(item_id, "", {NAME: cosine}) for item_id, cosine in found]


def _find_for_each(person: Vector, own: PersonInterests, limit: int) -> list[Candidate]:
    """One search for the person and one for each interest, in one statement; `limit` places in all."""
    plain = round(PLAIN_SHARE * limit)
    places = [plain, *allocate_slots(own.shares, limit - plain)]
    queries = [person, *shift_towards(person, own.interests)]
    answers = spaces.nearest_each(Modality.TASTE, queries, max(places))
    names = [NAME, *(f"{INTEREST_NAME} {number}" for number in range(1, len(queries)))]
    return round_robin(
        [
            [Candidate(item_id, "", {NAME: cosine, name: cosine}) for item_id, cosine in answer[:room]]
            for name, answer, room in zip(names, answers, places, strict=True)
        ]
    )
