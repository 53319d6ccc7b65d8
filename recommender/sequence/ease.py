"""EASE, a linear item-to-item autoencoder over whole histories. Knows no network.

Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019: each item is predicted from all others by one
ridge regression in closed form. Applied here to two inputs: the whole history, and the history weighted by recency.
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
    """`weights` (N, N): how much an event with the row's item predicts the column's item; the diagonal is 0."""

    name = "neighbours"

    def __init__(self, plan: EaseConfig, weights: Tensor) -> None:
        self.plan, self.weights = plan, weights

    @property
    def exponents(self) -> tuple[float, ...]:
        return self.plan.powers

    @classmethod
    def fit(cls, plan: EaseConfig, sequences: Sequence[NDArray[np.int64]], items: int, device: torch.device) -> Ease:
        """Inverts an (N, N) Gram matrix: O(N^3), 4 seconds for 3,416 items on two cores. `kept` cells a row stay."""
        history_matrix = np.zeros((len(sequences), items), dtype=np.float32)
        for row, events in enumerate(sequences):
            history_matrix[row, events] = 1.0
        gram = torch.from_numpy(history_matrix.T @ history_matrix).double()
        gram.diagonal().add_(plan.ridge)
        precision = torch.linalg.inv(gram)
        weights = (-precision / precision.diagonal()).float()
        weights.fill_diagonal_(0.0)
        threshold = weights.abs().topk(min(plan.kept, items), dim=1).values[:, -1:]
        weights[weights.abs() < threshold] = 0.0
        return cls(plan, weights.half().float().to(device))  # rounded as it is stored, so that both score alike

    def with_exponents(self, exponents: tuple[float, ...]) -> Ease:
        return Ease(replace(self.plan, powers=exponents), self.weights)

    def log_scores(self, items: Tensor, kinds: Tensor) -> Tensor:
        whole, recent = self._input_rows(items, kinds)
        whole_exponent, recent_exponent = self.plan.powers
        return (whole_exponent * whole + recent_exponent * recent) @ self.weights

    def log_scores_each(self, items: Tensor, kinds: Tensor) -> Tensor:
        whole, recent = self._input_rows(items, kinds)
        return torch.stack([whole @ self.weights, recent @ self.weights], dim=1)

    def _input_rows(self, items: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Two (B, N) inputs: 1 for each item of the history, and the same decayed by age in events."""
        present = (kinds > 0).float()
        ages = present.flip(1).cumsum(dim=1).flip(1) - present  # 0 for the newest event
        decayed = present * self.plan.fade**ages
        empty = torch.zeros(len(items), len(self.weights), device=items.device)
        whole = empty.scatter_reduce(1, items, present, "amax")
        return whole, empty.scatter_reduce(1, items, decayed, "amax")

    def to_tensors(self) -> dict[str, Tensor]:
        """Row-compressed: only the nonzero cells."""
        nonzero = self.weights != 0
        return {
            "sizes": nonzero.sum(dim=1).to(torch.int32).cpu(),
            "columns": nonzero.nonzero()[:, 1].to(torch.int16 if len(self.weights) <= 2**15 else torch.int32).cpu(),
            "values": self.weights[nonzero].half().cpu(),
        }

    @classmethod
    def from_tensors(cls, plan: EaseConfig, parts: Mapping[str, Tensor]) -> Ease:
        items = len(parts["sizes"])
        weights = torch.zeros(items, items)
        rows = torch.repeat_interleave(torch.arange(items), parts["sizes"].long())
        weights[rows, parts["columns"].long()] = parts["values"].float()
        return cls(plan, weights)
