"""What one score was made of, so that it can be computed again with a part of it taken away. Pure."""

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
FAMILIAR = ("content", "affinity")  # what the dial of novelty judges by


@dataclass(frozen=True)
class ScoreBreakdown:
    """The features of one medium's candidates as they were blended; `scores` are those that came out."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    rows: Mapping[int, int] = field(default_factory=dict)  # item -> place in every column
    scores: Column = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    novelty: float = NOVELTY.neutral

    def contribution(self, item_id: int, changed: Mapping[str, float]) -> float | None:
        """How much of what speaks for an item is lost when these features are what they would be without one cause.

        The score is a sum of parts before it is pressed into 0..1; those above zero are what speaks for the item. The
        share is what the changed parts lose of that, everything else and the rest of the pool unchanged. Causes that
        feed the same part both count it, so shares need not add up. None where nothing is lost.
        """
        place = self.rows.get(item_id)
        if place is None or not changed or float(self._positive_part[place]) <= 0:
            return None
        former = {name: float(self.columns[name][place]) for name in changed}
        lost = sum(
            max(0.0, self._part(name, former[name])) - max(0.0, self._part(name, changed[name])) for name in changed
        )
        return min(1.0, lost / float(self._positive_part[place])) if lost > 0 else None

    def _part(self, name: str, value: float) -> float:
        """What a feature of this value adds to the sum."""
        if name in UNSCALED:
            return float(getattr(self.weights, name)) * value
        return self._weights.get(name, 0.0) * self._scales[name].z_score(value)

    def value(self, item_id: int, name: str) -> float:
        return float(self.columns[name][self.rows[item_id]])

    def score(self, item_id: int, changed: Mapping[str, float]) -> float:
        """The blend of `scoring` and the dial of `exploration` once more, for one candidate with other features."""
        place = self.rows[item_id]
        total, familiar = float(self._totals[place]), float(self._familiar[place])
        for name, value in changed.items():
            former = float(self.columns[name][place])
            total += self._part(name, value) - self._part(name, former)
            if name in FAMILIAR:
                familiar += (self._scales[name].z_score(value) - self._scales[name].z_score(former)) / len(FAMILIAR)
        return 1 / (1 + exp(-STEEPNESS * total)) - NOVELTY.pull * (self.novelty - NOVELTY.neutral) * familiar

    @cached_property
    def _parts(self) -> list[Column]:
        """What each feature adds to the sum, for every candidate."""
        own = [getattr(self.weights, name) * self.columns[name] for name in UNSCALED if name in self.columns]
        return [*(weight * standardise(self.columns[name]) for name, weight in self._weights.items()), *own]

    @cached_property
    def _totals(self) -> Column:
        """What the logistic is taken of."""
        return np.asarray(sum(self._parts, np.zeros(len(self.scores))), dtype=np.float32)

    @cached_property
    def _positive_part(self) -> Column:
        """What speaks for each candidate: the parts above zero."""
        return np.asarray(
            sum((np.maximum(part, 0) for part in self._parts), np.zeros(len(self.scores))), dtype=np.float32
        )

    @cached_property
    def _familiar(self) -> Column:
        known = [standardise(self.columns[name]) for name in FAMILIAR if name in self.columns]
        return np.asarray(sum(known, np.zeros(len(self.scores))) / len(FAMILIAR), dtype=np.float32)

    @cached_property
    def _weights(self) -> dict[str, float]:
        """Of the standardised features that took part, each over the norm of all."""
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
