"""Putting numbers of different kinds on one scale: standard deviations from the mean of a pool. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Column = np.ndarray[tuple[int], np.dtype[np.float32]]
CLIP = 3.0  # standard deviations: one outlier must not flatten the rest
NEVER_VARIES = 1e-6


@dataclass(frozen=True)
class Scale:
    """Mean and deviation of what is known of a column."""

    mean: float
    deviation: float

    def z_score(self, value: float) -> float:
        """One number on the scale; what is missing counts as average and what never varies as nothing."""
        if self.deviation < NEVER_VARIES or not math.isfinite(value):
            return 0.0
        return max(-CLIP, min(CLIP, (value - self.mean) / self.deviation))


def measure_scale(column: Column) -> Scale:
    present = column[np.isfinite(column)]
    return Scale(float(present.mean()), float(present.std())) if present.size else Scale(0.0, 0.0)


def standardise(column: Column) -> Column:
    """Standard scores, clipped; what is missing counts as average and what never varies as nothing."""
    scale = measure_scale(column)
    if scale.deviation < NEVER_VARIES:
        return np.zeros_like(column)
    scores = (column - scale.mean) / scale.deviation
    return np.clip(np.where(np.isfinite(column), scores, 0.0), -CLIP, CLIP).astype(np.float32)
