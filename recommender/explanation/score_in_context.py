"""One item put beside what a person would be offered now, so that its score means something. Words nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mediarec.library.errors import NotFoundError
from recommender.candidate_scoring import ScoredPool, ScoringContext, retrieve, score
from recommender.items.media_types import MEDIUM_OF
from recommender.retrieval.pool import Pool, describe_candidates
from recommender.types import Candidate


@dataclass(frozen=True)
class ScoredInContext:
    """`scored` holds the item too. `was_retrieved` is False where no source brought it, or the filters forbid it."""

    scored: ScoredPool
    candidate: Candidate
    was_retrieved: bool

    def list_medium(self) -> list[Candidate]:
        """The candidates of the item's medium, best first: scores say nothing across media."""
        medium = MEDIUM_OF[self.candidate.kind]
        own = (c for c in self.scored.ranked.candidates if MEDIUM_OF[c.kind] == medium)
        return sorted(own, key=lambda c: (-c.score, c.item_id))


def score_in_context(context: ScoringContext, item_id: int, pool: Pool | None = None) -> ScoredInContext:
    """`pool` is what was retrieved for the context already, if anything was. Raises NotFoundError for no such item."""
    pool = retrieve(context) if pool is None else pool
    was_retrieved = item_id in pool.items
    scored = score(context, pool if was_retrieved else _add_item(pool, item_id))
    candidate = next(c for c in scored.ranked.candidates if c.item_id == item_id)
    return ScoredInContext(scored, candidate, was_retrieved)


def _add_item(pool: Pool, item_id: int) -> Pool:
    alone = describe_candidates({item_id: Candidate(item_id, "", {})})
    if not alone.items:
        raise NotFoundError(f"There is no item number {item_id}.")
    return Pool({**pool.candidates, **alone.candidates}, {**pool.items, **alone.items})
