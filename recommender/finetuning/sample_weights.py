"""Sample weights of positive events in fine-tuning. Knows no tables and no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SampleWeighting:
    """Parameters of the weights, set by judgement within the range of the sources.

    Clipped inverse propensities: Schnabel et al. 2016 (arXiv:1602.05352). Propensity as a power of an item's frequency:
    Saito et al. 2020, Rel-MF (arXiv:1909.03601). Completion relative to items of similar length: Zhan et al. 2022, D2Q
    (arXiv:2206.06003).
    """

    power: float = 0.5
    lowest: float = 0.5
    highest: float = 3.0
    length_groups: int = 5
    fewest_plays: int = 20  # in a length group; with fewer the progress itself is used instead of its quantile
    least_completion: float = 0.25
    most_completion: float = 1.75  # around 1, so that a usual play counts as much as an event without a length


SAMPLE_WEIGHTS = SampleWeighting()


def invert_propensities(counts: NDArray[np.float64], plan: SampleWeighting = SAMPLE_WEIGHTS) -> NDArray[np.float64]:
    """Inverse propensity weights: (n,) events and impressions of each event's item -> (n,) clipped weights, mean 1.

    An event on a popular or often shown item says little about taste; one on a rare item says more.
    """
    if not len(counts):
        return np.zeros(0)
    propensity = (np.maximum(counts, 1.0) / max(1.0, float(counts.max()))) ** plan.power
    weights = np.clip(1.0 / propensity, plan.lowest, plan.highest)
    return np.asarray(weights / weights.mean(), dtype=np.float64)


class CompletionScale:
    """Play progress as a quantile among items of similar length: short clips are finished more often than films."""

    def __init__(
        self, lengths_seconds: Sequence[float], progresses: Sequence[float], plan: SampleWeighting = SAMPLE_WEIGHTS
    ) -> None:
        self.plan = plan
        lengths = np.asarray(lengths_seconds, dtype=np.float64)
        inner = np.linspace(0, 1, plan.length_groups + 1)[1:-1]
        self._edges = np.unique(np.quantile(lengths, inner)) if len(lengths) else np.zeros(0)
        groups = np.searchsorted(self._edges, lengths, side="right")
        shares = np.asarray(progresses, dtype=np.float64)
        self._plays = [np.sort(shares[groups == group]) for group in range(len(self._edges) + 1)]

    def weigh(self, length_seconds: float | None, progress: float | None) -> float:
        """Weight between `least_completion` and `most_completion`; 1 if the progress is unknown."""
        if progress is None:
            return 1.0
        plan = self.plan
        share = progress if length_seconds is None else self._quantile(length_seconds, progress)
        return plan.least_completion + (plan.most_completion - plan.least_completion) * share

    def _quantile(self, length_seconds: float, progress: float) -> float:
        """Share of plays of similar length with less progress; equal ones count half."""
        plays = self._plays[int(np.searchsorted(self._edges, length_seconds, side="right"))]
        if len(plays) < self.plan.fewest_plays:
            return progress
        below, up_to = np.searchsorted(plays, progress, "left"), np.searchsorted(plays, progress, "right")
        return float(below + up_to) / (2 * len(plays))
