"""One item put beside what a person would be offered now, so that its score means something. Words nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mediarec.library.errors import NotFoundError
from recommender.items.media_types import MEDIUM_OF
from recommender.ranking.ranker import QueryVectors, RankedPool, rank_pool
from recommender.retrieval.pool import MIN_SOURCE_LIMIT, Pool, build_pool, choose_sources, describe_candidates
from recommender.taste.person_vector import load_person_vector
from recommender.taste.profile import Profile
from recommender.types import Candidate, RecommendRequest


@dataclass(frozen=True)
class ScoredInContext:
    """`was_found` is False for an item that no source brought, or that the filters do not allow."""

    pool: Pool
    ranked: RankedPool
    candidate: Candidate
    was_retrieved: bool

    def list_medium(self) -> list[Candidate]:
        """The candidates of the item's medium, best first: scores say nothing across media."""
        medium = MEDIUM_OF[self.candidate.kind]
        own = (c for c in self.ranked.candidates if MEDIUM_OF[c.kind] == medium)
        return sorted(own, key=lambda c: (-c.score, c.item_id))


def score_in_context(request: RecommendRequest, profile: Profile, item_id: int) -> ScoredInContext:
    """Raises NotFoundError where there is no such item."""
    person = load_person_vector(profile.history)
    pool = build_pool(request, profile, person, choose_sources("", ()), max(MIN_SOURCE_LIMIT, request.limit))
    was_found = item_id in pool.items
    if not was_found:
        alone = describe_candidates({item_id: Candidate(item_id, "", {})})
        if not alone.items:
            raise NotFoundError(f"There is no item number {item_id}.")
        pool = Pool({**pool.candidates, **alone.candidates}, {**pool.items, **alone.items})
    ranked = rank_pool(pool, profile, request, person, QueryVectors())
    candidate = next(c for c in ranked.candidates if c.item_id == item_id)
    return ScoredInContext(pool, ranked, candidate, was_found)
