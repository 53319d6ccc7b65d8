"""Learns a person's feature weights from their own choices, prequentially (Dawid 1984). Pure: knows no tables.

Each recent choice is scored against sampled negatives, with features computed from earlier events only. A feature's
shift is the choice's z-score among the negatives. The blend that separates choices from negatives best is Fisher's
linear discriminant (1936): the correlation matrix of the features, inverted, times the mean shifts. With few choices
the hand-set weights prevail (shrinkage, empirical Bayes, Robbins 1956).
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
PRIOR_CHOICES = 8.0  # strength of the prior: with this many choices learned and hand-set weights count alike
RIDGE = 0.1  # ridge regularisation: strongly correlated features share their weight

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class ChoiceStatistics:
    """One choice: its shifts (F,), NaN where not measured, and the correlations of the features (F, F)."""

    shifts: Column
    correlations: Matrix


@dataclass(frozen=True)
class FeatureStatistics:
    """One person and medium, averaged over `choices`: `mean_shifts` (F,) in the order of FEATURES, NaN where none was
    measured, and the features' `correlations` (F, F)."""

    mean_shifts: Column
    correlations: Matrix
    choices: int

    def discriminant_weights(self) -> dict[str, float]:
        """Fisher's discriminant weights of the measured features, negative ones set to zero. Not normalised."""
        measured = np.flatnonzero(np.isfinite(self.mean_shifts))
        correlations = self.correlations[np.ix_(measured, measured)] + RIDGE * np.eye(len(measured))
        weights = np.maximum(np.linalg.solve(correlations, self.mean_shifts[measured]), 0.0)
        return {FEATURES[column]: float(weight) for column, weight in zip(measured.tolist(), weights, strict=True)}


def score_choice(
    candidates: Sequence[Candidate], items: Mapping[int, PoolItem], before: Profile, inputs: FeatureInputs
) -> ChoiceStatistics:
    """The last candidate is the choice, the others the negatives; `before` is the profile before the choice."""
    columns = measure_features(candidates, items, before, inputs)
    is_measured = [np.isfinite(columns[name]).any() for name in FEATURES]
    scores = np.stack([standardise(columns[name]) for name in FEATURES])
    correlations = scores @ scores.T / scores.shape[1]
    np.fill_diagonal(correlations, 1.0)
    return ChoiceStatistics(np.where(is_measured, scores[:, -1], np.nan).astype(np.float32), correlations)


def average_choices(choices: Collection[ChoiceStatistics]) -> FeatureStatistics | None:
    """Averages over the choices, shifts over those where the feature was measured; None without any choice."""
    if not choices:
        return None
    shifts = np.stack([choice.shifts for choice in choices])
    counts = np.isfinite(shifts).sum(axis=0)
    mean = np.where(counts > 0, np.nansum(shifts, axis=0) / np.maximum(counts, 1), np.nan)
    correlations = np.mean([choice.correlations for choice in choices], axis=0)
    return FeatureStatistics(mean.astype(np.float32), correlations, len(choices))


def learn_weights(by_hand: Mapping[str, float], statistics: FeatureStatistics | None) -> dict[str, float]:
    """The weights `by_hand`, shrunk towards the learned ones, keeping the sum of the weights that were learned."""
    if statistics is None:
        return dict(by_hand)
    discriminant = statistics.discriminant_weights()
    prior_sum, learned_sum = sum(by_hand[name] for name in discriminant), sum(discriminant.values())
    if learned_sum <= 0:
        return dict(by_hand)
    share = statistics.choices / (statistics.choices + PRIOR_CHOICES)
    return {
        name: (1 - share) * weight + share * prior_sum * discriminant[name] / learned_sum
        if name in discriminant
        else weight
        for name, weight in by_hand.items()
    }
