"""Weights of the personal features that part a person's choices from the rest best. Pure: knows no tables.

Fisher's discriminant (1936): the shifts of the features, over how they go together. With few choices the weights set by
hand speak (empirical Bayes, Robbins 1956).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.standardisation import Column

FEATURES = ("taste", "content", "affinity", "credits", "popularity")
PRIOR_CHOICES = 8.0  # choices at which what was seen counts as much as what was set by hand
RIDGE = 0.1  # features that always go together share their weight

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class FeatureStatistics:
    """Of one person and medium, means over so many choices: `shifts` (F,) of FEATURES, NaN where none was measured, and
    their correlations, `together` (F, F)."""

    mean_shifts: Column
    correlations: Matrix
    choices: int

    def discriminant_weights(self) -> dict[str, float]:
        """Weights that part choices from the rest best, none below zero, of the features that could be measured."""
        there = np.flatnonzero(np.isfinite(self.mean_shifts))
        together = self.correlations[np.ix_(there, there)] + RIDGE * np.eye(len(there))
        found = np.maximum(np.linalg.solve(together, self.mean_shifts[there]), 0.0)
        return {FEATURES[place]: float(weight) for place, weight in zip(there.tolist(), found, strict=True)}


def learn_weights(by_hand: Mapping[str, float], lesson: FeatureStatistics | None) -> dict[str, float]:
    """Weights of FEATURES with the sum of those set by hand, moved towards what the choices say."""
    if lesson is None:
        return dict(by_hand)
    found = lesson.discriminant_weights()
    total, learned = sum(by_hand[name] for name in found), sum(found.values())
    if learned <= 0:
        return dict(by_hand)
    share = lesson.choices / (lesson.choices + PRIOR_CHOICES)
    return {
        name: (1 - share) * weight + share * total * found[name] / learned if name in found else weight
        for name, weight in by_hand.items()
    }
