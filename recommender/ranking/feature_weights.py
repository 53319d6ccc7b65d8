"""Learns a person's feature weights from their own choices, prequentially (Dawid 1984). Pure: knows no tables.

Each recent choice is scored against sampled negatives, with features measured from only the events before it. How many
deviations above the negatives the choice stands is the shift of a feature. The blend that separates choices from
negatives best is Fisher's discriminant (1936): the shifts, over the correlations of the features. With few choices the
weights set by hand prevail (empirical Bayes, Robbins 1956).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.features import FeatureInputs, measure_features
from recommender.ranking.standardisation import Column, standardise
from recommender.retrieval.pool import PoolItem
from recommender.taste.profile import Profile
from recommender.types import Candidate

FEATURES = ("taste", "content", "affinity", "credits", "popularity")
PRIOR_CHOICES = 8.0  # choices at which what was seen counts as much as what was set by hand
RIDGE = 0.1  # features that always go together share their weight

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class ChoiceStatistics:
    """One choice: its shifts (F,), NaN where not measured, and the correlations of the features (F, F)."""

    shifts: Column
    correlations: Matrix


@dataclass(frozen=True)
class FeatureStatistics:
    """Of one person and medium, means over so many choices: `mean_shifts` (F,) of FEATURES, NaN where none was
    measured, and the features' `correlations` (F, F)."""

    mean_shifts: Column
    correlations: Matrix
    choices: int

    def discriminant_weights(self) -> dict[str, float]:
        """Weights that separate choices from the rest best, none below zero, of the features that could be measured."""
        there = np.flatnonzero(np.isfinite(self.mean_shifts))
        correlations = self.correlations[np.ix_(there, there)] + RIDGE * np.eye(len(there))
        weights = np.maximum(np.linalg.solve(correlations, self.mean_shifts[there]), 0.0)
        return {FEATURES[column]: float(weight) for column, weight in zip(there.tolist(), weights, strict=True)}


def score_choice(
    candidates: Sequence[Candidate], items: Mapping[int, PoolItem], before: Profile, inputs: FeatureInputs
) -> ChoiceStatistics:
    """The choice is the last of the candidates, the others are the negatives; `before` is the profile as it stood."""
    columns = measure_features(candidates, items, before, inputs)
    known = [np.isfinite(columns[name]).any() for name in FEATURES]
    scores = np.stack([standardise(columns[name]) for name in FEATURES])
    correlations = scores @ scores.T / scores.shape[1]
    np.fill_diagonal(correlations, 1.0)
    return ChoiceStatistics(np.where(known, scores[:, -1], np.nan).astype(np.float32), correlations)


def average_choices(choices: Collection[ChoiceStatistics]) -> FeatureStatistics | None:
    """None without a single choice."""
    if not choices:
        return None
    shifts = np.stack([choice.shifts for choice in choices])
    measured = np.isfinite(shifts).sum(axis=0)
    mean = np.where(measured > 0, np.nansum(shifts, axis=0) / np.maximum(measured, 1), np.nan)
    correlations = np.mean([choice.correlations for choice in choices], axis=0)
    return FeatureStatistics(mean.astype(np.float32), correlations, len(choices))


def learn_weights(by_hand: Mapping[str, float], statistics: FeatureStatistics | None) -> dict[str, float]:
    """Weights of FEATURES with the sum of those set by hand, moved towards what the choices say."""
    if statistics is None:
        return dict(by_hand)
    found = statistics.discriminant_weights()
    total, learned = sum(by_hand[name] for name in found), sum(found.values())
    if learned <= 0:
        return dict(by_hand)
    share = statistics.choices / (statistics.choices + PRIOR_CHOICES)
    return {
        name: (1 - share) * weight + share * total * found[name] / learned if name in found else weight
        for name, weight in by_hand.items()
    }
