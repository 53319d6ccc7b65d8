"""Reciprocal rank fusion: merges several rankings by rank alone, so their scores need no common scale.

Cormack, Clarke and Buettcher: Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods (SIGIR
2009). Knows ids and ranks, counted from 1, and neither tables nor what is ranked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

RANK_CONSTANT = 60  # as published; it makes the first rank count only little more than the fifth


def reciprocal_rank_fusion(rankings: Iterable[Iterable[int]]) -> dict[int, float]:
    """Rankings of item ids, best first, to the score of each item: the sum of 1 / (60 + rank) over the rankings."""
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, item_id in enumerate(ranking, start=1):
            scores[item_id] += 1 / (RANK_CONSTANT + rank)
    return dict(scores)


def relative_weight(rank: int) -> float:
    """The weight of a rank relative to rank 1."""
    return (RANK_CONSTANT + 1) / (RANK_CONSTANT + rank)
