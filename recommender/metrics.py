"""Ranking measures from ranks, for one wanted item a person. Knows no model and no tables.

A rank counts from 0 and is infinite for an item that is not in the list. Shapes: U people.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

CUTOFF = 10
Ranks: TypeAlias = NDArray[np.integer[Any]] | NDArray[np.floating[Any]]
Values: TypeAlias = NDArray[np.float64]


def find_rank(listed: Sequence[int], wanted: int) -> float:
    return float(listed.index(wanted)) if wanted in listed else math.inf


def hit_rate(ranks: Ranks, cutoff: int = CUTOFF) -> Values:
    """(U,) -> (U,) 1 where the wanted item stands among the first `cutoff`; the mean is HR@cutoff."""
    return np.asarray(ranks < cutoff, dtype=np.float64)


def ndcg(ranks: Ranks, cutoff: int = CUTOFF) -> Values:
    """(U,) -> (U,) 1 at the first place, falling with the logarithm of the place (Järvelin and Kekäläinen 2002)."""
    return np.where(ranks < cutoff, _discount(ranks), 0.0)


def reciprocal_rank(ranks: Ranks) -> Values:
    """(U,) -> (U,) 1 over the place; the mean is MRR."""
    return np.asarray(1 / (ranks + 1.0), dtype=np.float64)


def ndcg_of_several(listed: Sequence[int], wanted: Collection[int], cutoff: int = CUTOFF) -> float:
    """One list against several wanted items: the gain of those in it over that of the best list possible."""
    ranks = np.array([rank for rank, item_id in enumerate(listed[:cutoff]) if item_id in wanted])
    return float(_discount(ranks).sum() / _discount(np.arange(min(cutoff, len(wanted)))).sum())


def _discount(ranks: Ranks) -> Values:
    return np.asarray(1 / np.log2(ranks + 2.0), dtype=np.float64)
