"""A direction that scores move along, and how far each candidate lies along it. Pure: what was said is handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.ranking.standardisation import Column, standardise
from recommender.retrieval.pool import PoolItem
from recommender.types import Candidate, Vector


@dataclass(frozen=True)
class PreferenceDirection:
    """`weight` has the sign. Candidates are measured along `vector`, by what `numbers` holds of them, or else by the
    column named `fact` of their row.

    `sentence` is the person's own sentence that it comes from, empty for a rule.
    """

    weight: float
    vector: Vector | None = None
    fact: str = ""
    numbers: Mapping[int, float] | None = None
    sentence: str = ""

    def measure(
        self, candidates: Sequence[Candidate], items: Mapping[int, PoolItem], text: Mapping[int, Vector]
    ) -> Column:
        """(n,) in standard deviations times the weight; 0 for what cannot be measured."""
        return np.asarray(self.weight * standardise(self._read(candidates, items, text)), dtype=np.float32)

    def _read(
        self, candidates: Sequence[Candidate], items: Mapping[int, PoolItem], text: Mapping[int, Vector]
    ) -> Column:
        if self.numbers is not None:
            return np.array([self.numbers.get(c.item_id, np.nan) for c in candidates], dtype=np.float32)
        if self.vector is None:
            known = (getattr(items[c.item_id], self.fact) for c in candidates)
            return np.array([np.nan if fact is None else fact for fact in known], dtype=np.float32)
        own = (text.get(c.item_id) for c in candidates)
        return np.array([np.nan if v is None else float(v @ self.vector) for v in own], dtype=np.float32)
