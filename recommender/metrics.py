"""Ranking metrics computed from ranks, one held-out item per person. Knows no model and no tables.

Ranks start at 0; an item that is not in the list has rank infinity. Shapes: U people.
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
    """The 0-based rank of `wanted` in `listed`; infinity where it is missing."""
    return float(listed.index(wanted)) if wanted in listed else math.inf


def hit_rate(ranks: Ranks, cutoff: int = CUTOFF) -> Values:
    """(U,) -> (U,): 1 where the rank is below `cutoff`, else 0; the mean is HR@cutoff."""
    return np.asarray(ranks < cutoff, dtype=np.float64)


def ndcg(ranks: Ranks, cutoff: int = CUTOFF) -> Values:
    """(U,) -> (U,): 1 at rank 0, with logarithmic discount, 0 from `cutoff` on (Järvelin and Kekäläinen, 2002)."""
    return np.where(ranks < cutoff, _discount(ranks), 0.0)


def reciprocal_rank(ranks: Ranks) -> Values:
    """(U,) -> (U,): 1 / (rank + 1); the mean is MRR."""
    return np.asarray(1 / (ranks + 1.0), dtype=np.float64)


def ndcg_of_several(listed: Sequence[int], wanted: Collection[int], cutoff: int = CUTOFF) -> float:
    """NDCG of one list with several relevant items: its discounted gain over that of the ideal list."""
    ranks = np.array([rank for rank, item_id in enumerate(listed[:cutoff]) if item_id in wanted])
    return float(_discount(ranks).sum() / _discount(np.arange(min(cutoff, len(wanted)))).sum())


def _discount(ranks: Ranks) -> Values:
    return np.asarray(1 / np.log2(ranks + 2.0), dtype=np.float64)
