"""Preference directions: a vector, column or number along which the person asked for more or less. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.ranking.standardisation import Column, standardise
from recommender.retrieval.pool import PoolItem
from recommender.types import Candidate, Vector


@dataclass(frozen=True)
class PreferenceDirection:
    """A signed `weight` along `numbers` (by item ID), the (D,) unit `vector`, or the `PoolItem` field named `fact`.

    `sentence` is the person's own sentence it comes from, empty for a rule.
    """

    weight: float
    vector: Vector | None = None
    fact: str = ""
    numbers: Mapping[int, float] | None = None
    sentence: str = ""

    def measure(
        self, candidates: Sequence[Candidate], items: Mapping[int, PoolItem], text: Mapping[int, Vector]
    ) -> Column:
        """(N,) z-scores along the direction times the weight; 0 for candidates without a value."""
        return np.asarray(self.weight * standardise(self._read(candidates, items, text)), dtype=np.float32)

    def _read(
        self, candidates: Sequence[Candidate], items: Mapping[int, PoolItem], text: Mapping[int, Vector]
    ) -> Column:
        if self.numbers is not None:
            return np.array([self.numbers.get(c.item_id, np.nan) for c in candidates], dtype=np.float32)
        if self.vector is None:
            facts = (getattr(items[c.item_id], self.fact) for c in candidates)
            return np.array([np.nan if value is None else value for value in facts], dtype=np.float32)
        vectors = (text.get(c.item_id) for c in candidates)
        return np.array([np.nan if v is None else float(v @ self.vector) for v in vectors], dtype=np.float32)
