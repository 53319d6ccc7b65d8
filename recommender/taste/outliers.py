"""Outlier detection in a person's events, in two embedding spaces. Knows arrays only: no tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Column = NDArray[np.float64]


@dataclass(frozen=True)
class OutlierRules:
    """Thresholds of an outlier; tuned on a part of MovieLens-1M with inserted events of other people."""

    min_events: int = 20  # with fewer there is nothing to compare with
    most_share: float = 0.05  # of the events that are reported at most
    min_score: float = 2.0  # robust deviations below the person's median similarity in the taste space
    min_text_score: float = 0.0  # the same in the text space; both must hold
    neighbours: int = 15
    session_decay: float = 8.0  # events; decay length of the weight of neighbouring events in time


RULES = OutlierRules()


@dataclass(frozen=True)
class Outlier:
    """`outlier_score` is in robust deviations in the taste space; larger is less similar."""

    row: int
    outlier_score: float


def find_outliers(
    taste: Matrix, text: Matrix, taste_middle: Matrix, text_middle: Matrix, rules: OutlierRules = RULES
) -> list[Outlier]:
    """(n, dims) per space, one row per event, oldest first, and the catalogue's mean vector (dims,) of each space.

    Strongest first, at most `most_share` of the events, none below `min_events`. A row must be an outlier in both.
    """
    if len(taste) < rules.min_events:
        return []
    scores, text_scores = outlier_scores(taste, text, taste_middle, text_middle, rules)
    rows = np.flatnonzero((scores >= rules.min_score) & (text_scores > rules.min_text_score))
    order = rows[np.argsort(-scores[rows], kind="stable")]
    return [Outlier(int(row), float(scores[row])) for row in order[: int(rules.most_share * len(taste))]]


def outlier_scores(
    taste: Matrix, text: Matrix, taste_middle: Matrix, text_middle: Matrix, rules: OutlierRules = RULES
) -> tuple[Column, Column]:
    """(n,) and (n,): robust deviations below the person's median similarity, in the taste space and the text space.

    In the taste space the similarity is the mean of two: to the nearest other events, and to the events shortly before
    and after. The catalogue's mean is subtracted first, since item vectors share a large common component; that doubles
    the recall on MovieLens-1M.
    """
    cosines = _cosine_similarity(taste, taste_middle)
    similarity = _robust_z(_neighbour_similarity(cosines, rules.neighbours)) + _robust_z(
        _session_similarity(cosines, rules.session_decay)
    )
    text_cosines = _cosine_similarity(text, text_middle)
    text_similarity = _robust_z(_neighbour_similarity(text_cosines, rules.neighbours))
    return -similarity / 2, -text_similarity


def _cosine_similarity(vectors: Matrix, mean: Matrix) -> Matrix:
    """(n, n) cosines of the centred vectors."""
    centred = vectors - mean
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    return np.asarray(unit @ unit.T, dtype=np.float32)


def _neighbour_similarity(cosines: Matrix, neighbours: int) -> Column:
    """(n,) mean cosine to the nearest other events."""
    others = cosines.copy()
    np.fill_diagonal(others, -2.0)
    count = min(neighbours, len(others) - 1)
    return np.asarray(-np.partition(-others, count - 1, axis=1)[:, :count].mean(axis=1), dtype=np.float64)


def _session_similarity(cosines: Matrix, reach: float) -> Column:
    """(n,) mean cosine to the events around, weighted by exp(-distance / reach)."""
    positions = np.arange(len(cosines))
    weights = np.exp(-np.abs(positions[:, None] - positions[None, :]) / reach)
    np.fill_diagonal(weights, 0.0)
    return np.asarray((cosines * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float64)


def _robust_z(values: Column) -> Column:
    """Robust z-scores: distance from the median in units of the scaled median absolute deviation."""
    deviation = values - np.median(values)
    return np.asarray(deviation / max(1.4826 * float(np.median(np.abs(deviation))), 1e-6), dtype=np.float64)
