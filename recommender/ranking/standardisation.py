"""Standardisation: feature columns as z-scores within a pool. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Column = np.ndarray[tuple[int], np.dtype[np.float32]]
CLIP = 3.0  # standard deviations: one outlier must not flatten the rest
NEVER_VARIES = 1e-6


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of the finite values of a column."""

    mean: float
    deviation: float

    def z_score(self, value: float) -> float:
        """The clipped z-score of one value; 0 for a missing value or a constant column."""
        if self.deviation < NEVER_VARIES or not math.isfinite(value):
            return 0.0
        return max(-CLIP, min(CLIP, (value - self.mean) / self.deviation))


def measure_scale(column: Column) -> Scale:
    finite = column[np.isfinite(column)]
    return Scale(float(finite.mean()), float(finite.std())) if finite.size else Scale(0.0, 0.0)


def standardise(column: Column) -> Column:
    """(N,) clipped z-scores; 0 for missing values and for a constant column."""
    scale = measure_scale(column)
    if scale.deviation < NEVER_VARIES:
        return np.zeros_like(column)
    scores = (column - scale.mean) / scale.deviation
    return np.clip(np.where(np.isfinite(column), scores, 0.0), -CLIP, CLIP).astype(np.float32)
