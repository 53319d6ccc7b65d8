"""Exponential time decay of event weights. Knows no event and no table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TimeDecay:
    """Exponential decay with a floor, so that an old history still counts."""

    half_life_days: float = 240.0
    floor: float = 0.15

    def weight(self, age_days: float) -> float:
        return max(self.floor, math.pow(0.5, age_days / self.half_life_days))

    def weights(self, ages_days: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) ages in days -> (n,) weights; an unknown age (NaN) does not decay."""
        decayed = np.power(0.5, np.nan_to_num(ages_days) / self.half_life_days)
        return np.asarray(np.maximum(self.floor, decayed), dtype=np.float32)


DECAY = TimeDecay()
