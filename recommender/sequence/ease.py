"""What goes with what, whatever the order: a linear autoencoder over whole histories. Knows no network.

EASE (Steck, 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"): every item foretold from all the others by
one ridge regression with a closed form. Read here with recent events counting more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recommender.sequence.config import EaseConfig


class Ease:
    """`weights` (N, N): how much having met the row's item speaks for the column's."""

    name = "neighbours"

    def __init__(self, plan: EaseConfig, weights: Tensor) -> None:
        self.plan, self.weights = plan, weights

    @property
    def exponents(self) -> tuple[float, ...]:
        return self.plan.powers

    @classmethod
    def fit(cls, plan: EaseConfig, sequences: Sequence[NDArray[np.int64]], items: int, device: torch.device) -> Ease:
        """O(N^3) once: four seconds for 3,416 items on two cores."""
        met = np.zeros((len(sequences), items), dtype=np.float32)
        for row, events in enumerate(sequences):
            met[row, events] = 1.0
        shared = torch.from_numpy(met.T @ met).double()
        shared.diagonal().add_(plan.ridge)
        precision = torch.linalg.inv(shared)
        weights = (-precision / precision.diagonal()).float()
        weights.fill_diagonal_(0.0)
        kept = min(plan.kept, items)
        least = weights.abs().topk(kept, dim=1).values[:, -1:]
        weights[weights.abs() < least] = 0.0
        return cls(plan, weights.half().float().to(device))  # as it is stored, so that stored figures are the same

    def with_exponents(self, powers: tuple[float, ...]) -> Ease:
        return Ease(replace(self.plan, powers=powers), self.weights)

    def log_scores(self, items: Tensor, kinds: Tensor) -> Tensor:
        whole, recent = self._read(items, kinds)
        every, newest = self.plan.powers
        return (every * whole + newest * recent) @ self.weights

    def log_scores_each(self, items: Tensor, kinds: Tensor) -> Tensor:
        whole, recent = self._read(items, kinds)
        return torch.stack([whole @ self.weights, recent @ self.weights], dim=1)

    def _read(self, items: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """(B, N) twice: 1 for every item met, and the fading share of the recent ones."""
        there = (kinds > 0).float()
        ages = there.flip(1).cumsum(dim=1).flip(1) - there  # 0 for the newest event
        fading = there * self.plan.fade**ages
        empty = torch.zeros(len(items), len(self.weights), device=items.device)
        whole = empty.scatter_reduce(1, items, there, "amax")
        return whole, empty.scatter_reduce(1, items, fading, "amax")

    def to_tensors(self) -> dict[str, Tensor]:
        """The nonzero cells alone, row by row."""
        kept = self.weights != 0
        return {
            "sizes": kept.sum(dim=1).to(torch.int32).cpu(),
            "columns": kept.nonzero()[:, 1].to(torch.int16 if len(self.weights) <= 2**15 else torch.int32).cpu(),
            "values": self.weights[kept].half().cpu(),
        }

    @classmethod
    def from_tensors(cls, plan: EaseConfig, parts: Mapping[str, Tensor]) -> Ease:
        items = len(parts["sizes"])
        weights = torch.zeros(items, items)
        rows = torch.repeat_interleave(torch.arange(items), parts["sizes"].long())
        weights[rows, parts["columns"].long()] = parts["values"].float()
        return cls(plan, weights)
