"""Candidate generation, then scoring. Selects nothing: each caller picks from the scored pool.

`retrieve` and `score` are the two halves for a caller that changes the pool between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.candidate_scoring.context import ScoringContext
from recommender.candidate_scoring.ranking_inputs import load_inputs
from recommender.ranking.ranker import RankedPool, rank_pool
from recommender.retrieval.pool import MIN_SOURCE_LIMIT, Pool, Source, build_pool, choose_sources
from recommender.types import Candidate


@dataclass(frozen=True)
class ScoredPool:
    """Every candidate of a request with its score; `pool` holds the facts of each."""

    context: ScoringContext
    pool: Pool
    ranked: RankedPool


def score_pool(
    context: ScoringContext,
    sources: Sequence[Source] = (),
    source_limit: int | None = None,
    extra: Sequence[Candidate] = (),
) -> ScoredPool:
    return score(context, retrieve(context, sources, source_limit, extra))


def retrieve(
    context: ScoringContext,
    sources: Sequence[Source] = (),
    source_limit: int | None = None,
    extra: Sequence[Candidate] = (),
) -> Pool:
    """Candidates from `sources`, by default those that fit the request. `source_limit` caps each source per medium;
    `extra` are candidates from elsewhere."""
    request = context.request
    sources = sources or choose_sources(request.query, request.seed_ids)
    if source_limit is None:
        source_limit = max(MIN_SOURCE_LIMIT, request.limit)
    return build_pool(request, context.profile, context.person, sources, source_limit, extra)


def score(context: ScoringContext, pool: Pool) -> ScoredPool:
    """Scores the pool with this person's current features and weights. All tables are read before ranking starts."""
    inputs = load_inputs(context, pool)
    return ScoredPool(context, pool, rank_pool(pool, context.profile, context.request, inputs))
