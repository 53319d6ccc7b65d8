"""Ranking measures as pure functions. Knows no model, no tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A mean and the bounds a bootstrap found for it."""

    mean: float
    low: float
    high: float


def hit_rate(ranked: Sequence[int], wanted: int, cutoff: int) -> float:
    """1 when the wanted item stands among the first `cutoff`."""
    return float(wanted in ranked[:cutoff])


def ndcg(ranked: Sequence[int], wanted: int, cutoff: int) -> float:
    """With one wanted item: 1 at the first place, falling with the log of the place (Jarvelin, Kekalainen 2002)."""
    top = list(ranked[:cutoff])
    return 1 / math.log2(top.index(wanted) + 2) if wanted in top else 0.0


def reciprocal_rank(ranked: Sequence[int], wanted: int) -> float:
    """1 over the place of the wanted item, 0 when it is not there; its mean is MRR."""
    places = list(ranked)
    return 1 / (places.index(wanted) + 1) if wanted in places else 0.0


def coverage(slates: Iterable[Sequence[int]], catalogue_size: int) -> float:
    """The share of the catalogue that was recommended to anybody at all."""
    shown = {item_id for slate in slates for item_id in slate}
    return len(shown) / catalogue_size if catalogue_size else 0.0


def bootstrap(values: Sequence[float], draws: int = 1000, level: float = 0.95, seed: int = 0) -> Interval:
    """Percentile interval of the mean over people (Efron 1979). Raises ValueError for no values."""
    if not values:
        raise ValueError("There is nothing to draw from.")
    own = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(seed).integers(0, len(own), size=(draws, len(own)))
    means = own[picks].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(own.mean()), float(low), float(high))


Measure = Callable[[Sequence[int], int], float]
STANDARD: dict[str, Measure] = {
    "hr@10": lambda ranked, wanted: hit_rate(ranked, wanted, 10),
    "ndcg@10": lambda ranked, wanted: ndcg(ranked, wanted, 10),
    "mrr": reciprocal_rank,
}
