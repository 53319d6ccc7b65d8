"""Metrics of ranks and lists, with bootstrap intervals. Knows no model and no tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.ranks import EvaluatedRanks
from recommender.metrics import hit_rate, ndcg, reciprocal_rank

CUTOFFS = (10, 50)
DRAWS = 1000
HEAD_SHARE = 0.2  # the most popular fifth of the items; the rest is the long tail
DIGITS = 4


def summarise(ranked: EvaluatedRanks, counts: NDArray[np.int64], seed: int = 0) -> dict[str, Any]:
    """HR, NDCG and MRR with 95 percent bootstrap intervals over people, and the metrics of `describe_lists`.

    `counts` (N,) are training events per item.
    """
    ranks = ranked.ranks
    measured = {f"hr@{cutoff}": hit_rate(ranks, cutoff) for cutoff in CUTOFFS}
    measured |= {f"ndcg@{cutoff}": ndcg(ranks, cutoff) for cutoff in CUTOFFS}
    measured["mrr"] = reciprocal_rank(ranks)
    figures: dict[str, Any] = {}
    picks = np.random.default_rng(seed).integers(0, len(ranks), size=(DRAWS, len(ranks)), dtype=np.int32)
    for name, values in measured.items():
        means = np.array([values[pick].mean() for pick in picks])
        low, high = np.quantile(means, [0.025, 0.975])
        figures[name] = round(float(values.mean()), DIGITS)
        figures[f"{name}_ci"] = [round(float(low), DIGITS), round(float(high), DIGITS)]
    return figures | describe_lists(ranked.lists, counts)


def paired_ndcg_difference(
    ours: NDArray[np.int64], theirs: NDArray[np.int64], cutoff: int, seed: int = 0
) -> dict[str, Any]:
    """Paired difference of NDCG between two rankers, with its 95 percent bootstrap interval over people."""
    difference = ndcg(ours, cutoff) - ndcg(theirs, cutoff)
    picks = np.random.default_rng(seed).integers(0, len(difference), size=(DRAWS, len(difference)), dtype=np.int32)
    low, high = np.quantile([difference[pick].mean() for pick in picks], [0.025, 0.975])
    ratio = ndcg(ours, cutoff).mean() / max(1e-9, ndcg(theirs, cutoff).mean())
    return {
        "difference": round(float(difference.mean()), DIGITS),
        "difference_ci": [round(float(low), DIGITS), round(float(high), DIGITS)],
        "ratio": round(float(ratio), DIGITS),
    }


def describe_lists(lists: NDArray[np.int64], counts: NDArray[np.int64]) -> dict[str, float]:
    """Catalogue coverage, mean popularity (as a count and as a percentile) and long-tail share of all shown items."""
    order = np.argsort(np.argsort(counts, kind="stable"), kind="stable")
    share_below = order / max(1, len(counts) - 1)
    return {
        "coverage@10": round(len(np.unique(lists)) / len(counts), DIGITS),
        "mean_popularity@10": round(float(counts[lists].mean()), 1),
        "popularity_share@10": round(float(share_below[lists].mean()), DIGITS),
        "long_tail@10": round(float((share_below[lists] < 1 - HEAD_SHARE).mean()), DIGITS),
    }
