"""What usually follows what, counted: a prior on the next event beside what the network says. Knows no network.

Counts know by heart what a dot product of a few dozen numbers has to squeeze: that this film follows that one. The
network then learns what counting cannot. In the line of item-to-item Markov chains (FPMC, Rendle et al., 2010).

Shapes: M asked events, N items, R = `read` last events, W = `window` places ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from recommender.sequence.config import TransitionPlan

NOBODY = -1  # in place of an item where there is none


class Transitions:
    """The share of each item among what followed each other item, (N, N), in half precision to stay in the cache."""

    def __init__(self, plan: TransitionPlan, table: Tensor, totals: Tensor) -> None:
        self.plan, self.table, self.totals = plan, table, totals
        self._fades = torch.tensor([plan.read_fade**place for place in range(plan.read)], device=table.device)

    @classmethod
    def count(
        cls, plan: TransitionPlan, sequences: Iterable[NDArray[np.int64]], items: int, device: torch.device
    ) -> Transitions:
        """Pairs at most `window` places apart, the nearer the more; `smoothing` keeps a rare item's pairs small."""
        counts = np.zeros(items * items, dtype=np.float64)
        kept = list(sequences)
        for step in range(1, plan.window + 1):
            pairs = [events[:-step] * items + events[step:] for events in kept if len(events) > step]
            if pairs:
                counts += plan.fade ** (step - 1) * np.bincount(np.concatenate(pairs), minlength=items * items)
        square = counts.reshape(items, items)
        totals = np.maximum(square.sum(axis=1) + plan.smoothing, np.finfo(np.float32).tiny)
        table = torch.from_numpy((square / totals[:, None]).astype(np.float16))
        return cls(plan, table.to(device), torch.from_numpy(totals.astype(np.float32)).to(device))

    def log_prior(self, recent: Tensor, ahead: Tensor | None = None) -> Tensor:
        """(M, R) last items, newest first, NOBODY where there is none -> (M, N) logs, not normalised.

        In training `ahead` (M, W) are the events that really came: what this very sequence added to the counts is
        taken out again, or the prior would know the answer.
        """
        there = recent >= 0
        weights = (self._fades * there).to(self.table.dtype)
        known = recent.clamp(min=0)
        mixed = functional.embedding_bag(known, self.table, mode="sum", per_sample_weights=weights).float()
        if ahead is not None:
            self._take_out_own(mixed, known, there, ahead)
        return mixed.clamp_(min=0).add_(self.plan.floor).log_()

    def _take_out_own(self, mixed: Tensor, known: Tensor, there: Tensor, ahead: Tensor) -> None:
        shares = self._fades / self.totals[known] * there  # (M, R)
        places, amounts = [], []
        for back in range(min(self.plan.read, self.plan.window)):
            for front in range(min(ahead.shape[1], self.plan.window - back)):
                places.append(ahead[:, front])
                amounts.append(shares[:, back] * self.plan.fade ** (back + front))
        columns, values = torch.stack(places, dim=1), torch.stack(amounts, dim=1)
        mixed.scatter_add_(1, columns.clamp(min=0), -values * (columns >= 0))

    def to_tensors(self) -> dict[str, Tensor]:
        """The nonzero cells alone, row by row."""
        sizes = (self.table > 0).sum(dim=1)
        columns = self.table.nonzero()[:, 1]
        return {
            "sizes": sizes.to(torch.int32).cpu(),
            "columns": columns.to(torch.int16 if len(self.table) <= 2**15 else torch.int32).cpu(),
            "values": self.table[self.table > 0].cpu(),
            "totals": self.totals.cpu(),
        }

    @classmethod
    def from_tensors(cls, plan: TransitionPlan, parts: Mapping[str, Tensor]) -> Transitions:
        items = len(parts["sizes"])
        rows = torch.repeat_interleave(torch.arange(items), parts["sizes"].long())
        table = torch.zeros(items, items, dtype=torch.float16)
        table[rows, parts["columns"].long()] = parts["values"]
        return cls(plan, table, parts["totals"])


def look_back(items: Tensor, kinds: Tensor, read: int) -> Tensor:
    """(B, T) items, kinds 0 where nothing is -> (B, T, R): each event and those before it, newest first."""
    known = torch.where(kinds > 0, items, NOBODY)
    steps = [functional.pad(known, (step, 0), value=NOBODY)[:, : known.shape[1]] for step in range(read)]
    return torch.stack(steps, dim=2)


def look_ahead(targets: Tensor, weights: Tensor, window: int) -> Tensor:
    """(B, T) targets, weights 0 where nothing is asked -> (B, T, W): what followed each event, nearest first."""
    known = torch.where(weights != 0, targets, NOBODY)
    steps = [functional.pad(known, (0, step), value=NOBODY)[:, step:] for step in range(window)]
    return torch.stack(steps, dim=2)
