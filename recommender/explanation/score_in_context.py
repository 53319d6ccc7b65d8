"""Scores one item together with the person's current candidates, because scores are relative. Words nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mediarec.library.errors import NotFoundError
from recommender.candidate_scoring import ScoredPool, ScoringContext, retrieve, score
from recommender.items.media_types import MEDIUM_OF
from recommender.retrieval.pool import Pool, describe_candidates
from recommender.types import Candidate


@dataclass(frozen=True)
class ScoredInContext:
    """`scored` includes the item. `was_retrieved` is False if no source proposed it or the filters exclude it."""

    scored: ScoredPool
    candidate: Candidate
    was_retrieved: bool

    def list_medium(self) -> list[Candidate]:
        """Candidates of the item's medium, best first: scores are not comparable across media."""
        medium = MEDIUM_OF[self.candidate.kind]
        candidates = (c for c in self.scored.ranked.candidates if MEDIUM_OF[c.kind] == medium)
        return sorted(candidates, key=lambda c: (-c.score, c.item_id))


def score_in_context(context: ScoringContext, item_id: int, pool: Pool | None = None) -> ScoredInContext:
    """`pool` is the pool already retrieved for the context, if any. Raises NotFoundError for an unknown item."""
    pool = retrieve(context) if pool is None else pool
    was_retrieved = item_id in pool.items
    scored = score(context, pool if was_retrieved else _add_item(pool, item_id))
    candidate = next(c for c in scored.ranked.candidates if c.item_id == item_id)
    return ScoredInContext(scored, candidate, was_retrieved)


def _add_item(pool: Pool, item_id: int) -> Pool:
    single = describe_candidates({item_id: Candidate(item_id, "", {})})
    if not single.items:
        raise NotFoundError(f"There is no item number {item_id}.")
    return Pool({**pool.candidates, **single.candidates}, {**pool.items, **single.items})
