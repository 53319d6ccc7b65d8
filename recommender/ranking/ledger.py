"""What one score was made of, so that it can be computed again with a part of it taken away. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, sqrt

import numpy as np

from recommender.ranking.exploration import DIAL
from recommender.ranking.scales import Column, Scale, measure_scale
from recommender.ranking.scoring import ON_THEIR_OWN_SCALE, STEEPNESS, Weights

FAMILIAR = ("content", "leaning")  # what the dial of novelty judges by


@dataclass(frozen=True)
class Ledger:
    """The features of one medium's candidates as they were blended; `scores` are those that came out."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    places: Mapping[int, int] = field(default_factory=dict)  # item -> place in every column
    scores: Column = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    novelty: float = DIAL.neutral

    def find_share(self, item_id: int, changed: Mapping[str, float]) -> float | None:
        """How much of an item's score is lost when these features are what they would be without one cause.

        (score - score without) / score, everything else and the rest of the pool unchanged. Several causes can hold
        the same part of a score, so shares need not add up. None where nothing is lost or nothing was blended.
        """
        place = self.places.get(item_id)
        if place is None or not changed or float(self.scores[place]) <= 0:
            return None
        lost = self.score(item_id, {}) - self.score(item_id, changed)
        return min(1.0, lost / float(self.scores[place])) if lost > 0 else None

    def value(self, item_id: int, name: str) -> float:
        return float(self.columns[name][self.places[item_id]])

    def score(self, item_id: int, changed: Mapping[str, float]) -> float:
        """The blend of `scoring` and the dial of `exploration` once more, for one candidate with other features."""
        place = self.places[item_id]
        values = {name: float(self.columns[name][place]) for name in self._used} | dict(changed)
        norm = max(sqrt(sum(getattr(self.weights, name) ** 2 for name in self._standard)), 1e-6)
        total = sum(getattr(self.weights, n) * self._scales[n].place(values[n]) for n in self._standard) / norm
        total += sum(getattr(self.weights, n) * values[n] for n in ON_THEIR_OWN_SCALE if n in self.columns)
        familiar = sum(self._scales[n].place(values[n]) for n in FAMILIAR if n in self._scales) / len(FAMILIAR)
        return 1 / (1 + exp(-STEEPNESS * total)) - DIAL.pull * (self.novelty - DIAL.neutral) * familiar

    @cached_property
    def _standard(self) -> tuple[str, ...]:
        return tuple(
            name
            for name, column in self.columns.items()
            if name not in ON_THEIR_OWN_SCALE and getattr(self.weights, name) != 0 and np.isfinite(column).any()
        )

    @cached_property
    def _used(self) -> tuple[str, ...]:
        own = (name for name in ON_THEIR_OWN_SCALE if name in self.columns)
        known = (name for name in FAMILIAR if name in self.columns)
        return tuple(dict.fromkeys((*self._standard, *own, *known)))

    @cached_property
    def _scales(self) -> dict[str, Scale]:
        return {name: measure_scale(self.columns[name]) for name in self._used if name not in ON_THEIR_OWN_SCALE}
