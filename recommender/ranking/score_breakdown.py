"""The parts of a score, so that it can be recomputed without one of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, sqrt

import numpy as np

from recommender.ranking.novelty import NOVELTY
from recommender.ranking.scoring import STEEPNESS, UNSCALED, Weights
from recommender.ranking.standardisation import Column, Scale, measure_scale, standardise

NO_NORM = 1e-6
FAMILIAR = ("content", "affinity")  # features the novelty setting reads as familiarity


@dataclass(frozen=True)
class ScoreBreakdown:
    """One medium's feature columns, (N,) float32 each, and weights as blended; `scores` (N,) are the result."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    rows: Mapping[int, int] = field(default_factory=dict)  # item ID -> index in every column
    scores: Column = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    novelty: float = NOVELTY.neutral

    def contribution(self, item_id: int, changed: Mapping[str, float]) -> float | None:
        """The share, 0..1, of the item's positive score that is lost with `changed` feature values.

        Before the logistic a score is a sum of parts; the positive part is the sum of those above zero. The share is
        what the changed parts lose of it, the rest of the pool unchanged. Causes that feed the same part both count
        it, so shares need not add up to one. None where nothing is lost.
        """
        index = self.rows.get(item_id)
        if index is None or not changed or float(self._positive_part[index]) <= 0:
            return None
        former = {name: float(self.columns[name][index]) for name in changed}
        lost = sum(
            max(0.0, self._part(name, former[name])) - max(0.0, self._part(name, changed[name])) for name in changed
        )
        return min(1.0, lost / float(self._positive_part[index])) if lost > 0 else None

    def _part(self, name: str, value: float) -> float:
        """What a feature with this value adds to the sum."""
        if name in UNSCALED:
            return float(getattr(self.weights, name)) * value
        return self._weights.get(name, 0.0) * self._scales[name].z_score(value)

    def value(self, item_id: int, name: str) -> float:
        return float(self.columns[name][self.rows[item_id]])

    def score(self, item_id: int, changed: Mapping[str, float]) -> float:
        """One candidate's score with `changed` features: repeats `scoring.blend` and `novelty.adjust_scores`."""
        index = self.rows[item_id]
        total, familiar = float(self._totals[index]), float(self._familiar[index])
        for name, value in changed.items():
            former = float(self.columns[name][index])
            total += self._part(name, value) - self._part(name, former)
            if name in FAMILIAR:
                familiar += (self._scales[name].z_score(value) - self._scales[name].z_score(former)) / len(FAMILIAR)
        return 1 / (1 + exp(-STEEPNESS * total)) - NOVELTY.pull * (self.novelty - NOVELTY.neutral) * familiar

    @cached_property
    def _parts(self) -> list[Column]:
        """What each feature adds to the sum, (N,) each."""
        unscaled = [getattr(self.weights, name) * self.columns[name] for name in UNSCALED if name in self.columns]
        return [*(weight * standardise(self.columns[name]) for name, weight in self._weights.items()), *unscaled]

    @cached_property
    def _totals(self) -> Column:
        """(N,) inputs of the logistic."""
        return np.asarray(sum(self._parts, np.zeros(len(self.scores))), dtype=np.float32)

    @cached_property
    def _positive_part(self) -> Column:
        """(N,) sums of the parts above zero."""
        return np.asarray(
            sum((np.maximum(part, 0) for part in self._parts), np.zeros(len(self.scores))), dtype=np.float32
        )

    @cached_property
    def _familiar(self) -> Column:
        columns = [standardise(self.columns[name]) for name in FAMILIAR if name in self.columns]
        return np.asarray(sum(columns, np.zeros(len(self.scores))) / len(FAMILIAR), dtype=np.float32)

    @cached_property
    def _weights(self) -> dict[str, float]:
        """Weights of the standardised features that took part, divided by their Euclidean norm."""
        used = {
            name: float(getattr(self.weights, name))
            for name, column in self.columns.items()
            if name not in UNSCALED and getattr(self.weights, name) != 0 and np.isfinite(column).any()
        }
        norm = max(sqrt(sum(weight * weight for weight in used.values())), NO_NORM)
        return {name: weight / norm for name, weight in used.items()}

    @cached_property
    def _scales(self) -> dict[str, Scale]:
        return {name: measure_scale(self.columns[name]) for name in self.columns if name not in UNSCALED}
