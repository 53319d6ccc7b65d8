"""Events that do not look like the rest of a person's. Knows arrays alone: no tables, no people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Column = NDArray[np.float64]


@dataclass(frozen=True)
class OutlierRules:
    """When an event is odd enough to ask about it; tuned on a part of MovieLens-1M with films slipped in."""

    min_events: int = 20  # with less there is no rest to be unlike
    most_share: float = 0.05  # of the events may be asked about
    bar: float = 2.0  # robust deviations below the person's own median in the taste space, and
    text_bar: float = 0.0  # at least so far below it in the text space: both have to say so
    neighbours: int = 15
    reach: float = 8.0  # events; how fast the company of what was done before and after fades


RULES = OutlierRules()


@dataclass(frozen=True)
class Outlier:
    """`oddity` is in robust deviations of the taste space, the larger the odder."""

    row: int
    outlier_score: float


def find_outliers(
    taste: Matrix, text: Matrix, taste_middle: Matrix, text_middle: Matrix, rules: OutlierRules = RULES
) -> list[Outlier]:
    """(n, dims) of both spaces, one row an event in the order they happened, and the catalogue's mean of each.

    The oddest first, at most `most_share` of them, and none below `min_events`. Both spaces have to find a row unlike.
    """
    if len(taste) < rules.min_events:
        return []
    unlike, text_unlike = outlier_scores(taste, text, taste_middle, text_middle, rules)
    odd = np.flatnonzero((unlike >= rules.bar) & (text_unlike > rules.text_bar))
    order = odd[np.argsort(-unlike[odd], kind="stable")]
    return [Outlier(int(row), float(unlike[row])) for row in order[: int(rules.most_share * len(taste))]]


def outlier_scores(
    taste: Matrix, text: Matrix, taste_middle: Matrix, text_middle: Matrix, rules: OutlierRules = RULES
) -> tuple[Column, Column]:
    """(n,) and (n,): robust deviations from the person's own median, in the taste space and in the text space.

    In the taste space half of it is likeness to the nearest others, wherever they stand, and half likeness to what was
    done shortly before and after. The catalogue's mean is taken off first: item vectors share a large common part,
    beside which being unlike hardly shows (it doubles what is found on MovieLens-1M).
    """
    likeness = _compare(taste, taste_middle)
    alike = _deviate(_neighbour_distance(likeness, rules.neighbours)) + _deviate(
        _session_distance(likeness, rules.reach)
    )
    text_alike = _deviate(_neighbour_distance(_compare(text, text_middle), rules.neighbours))
    return -alike / 2, -text_alike


def _compare(vectors: Matrix, middle: Matrix) -> Matrix:
    around = vectors - middle
    unit = around / np.maximum(np.linalg.norm(around, axis=1, keepdims=True), 1e-9)
    return np.asarray(unit @ unit.T, dtype=np.float32)


def _neighbour_distance(likeness: Matrix, neighbours: int) -> Column:
    others = likeness.copy()
    np.fill_diagonal(others, -2.0)
    count = min(neighbours, len(others) - 1)
    return np.asarray(-np.partition(-others, count - 1, axis=1)[:, :count].mean(axis=1), dtype=np.float64)


def _session_distance(likeness: Matrix, reach: float) -> Column:
    places = np.arange(len(likeness))
    weights = np.exp(-np.abs(places[:, None] - places[None, :]) / reach)
    np.fill_diagonal(weights, 0.0)
    return np.asarray((likeness * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float64)


def _deviate(values: Column) -> Column:
    """From the median, in units of the median deviation scaled to a normal one's standard deviation."""
    away = values - np.median(values)
    return np.asarray(away / max(1.4826 * float(np.median(np.abs(away))), 1e-6), dtype=np.float64)
