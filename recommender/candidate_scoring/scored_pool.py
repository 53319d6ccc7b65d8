"""Candidate generation and scoring, one after the other. Each caller picks from what comes out; nothing is picked here.

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
    """Every candidate of a request with its score; `pool` holds the row behind each."""

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
    """Without `sources` those that fit the request; `source_limit` is what one may bring per medium, and `extra` are
    candidates found elsewhere."""
    request = context.request
    sources = sources or choose_sources(request.query, request.seed_ids)
    if source_limit is None:
        source_limit = max(MIN_SOURCE_LIMIT, request.limit)
    return build_pool(request, context.profile, context.person, sources, source_limit, extra)


def score(context: ScoringContext, pool: Pool) -> ScoredPool:
    """By the features and weights of this person at this moment; nothing is read from tables after the inputs."""
    inputs = load_inputs(context, pool)
    return ScoredPool(context, pool, rank_pool(pool, context.profile, context.request, inputs))
