"""What usually follows what, counted pair by pair. Knows no network.

In the line of item-to-item Markov chains (Rendle et al., 2010).

Shapes: B people, T events, M asked events, N items, R = `read` last events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from recommender.sequence.config import MarkovChainConfig

NOBODY = -1  # in place of an item where there is none


class MarkovChain:
    """Logs of the share of each item among what followed each other item, (N, N), halved to stay in the cache.

    What each of the last events speaks for is multiplied, each to a power of its own (a product of experts, Hinton,
    2002): an item that follows two of them is likelier than one that follows either.
    """

    name = "transitions"

    def __init__(self, plan: MarkovChainConfig, logs: Tensor) -> None:
        self.plan, self.logs = plan, logs

    @property
    def exponents(self) -> tuple[float, ...]:
        return self.plan.powers

    @classmethod
    def count(
        cls, plan: MarkovChainConfig, sequences: Iterable[NDArray[np.int64]], items: int, device: torch.device
    ) -> MarkovChain:
        """Pairs at most `window` places apart, the nearer the more; `smoothing` keeps a rare item's pairs small."""
        counts = np.zeros(items * items, dtype=np.float64)
        kept = list(sequences)
        for step in range(1, plan.window + 1):
            pairs = [events[:-step] * items + events[step:] for events in kept if len(events) > step]
            if pairs:
                counts += plan.fade ** (step - 1) * np.bincount(np.concatenate(pairs), minlength=items * items)
        square = counts.reshape(items, items)
        totals = np.maximum(square.sum(axis=1) + plan.smoothing, np.finfo(np.float32).tiny)
        logs = torch.from_numpy(np.log(square / totals[:, None] + plan.floor).astype(np.float16))
        return cls(plan, logs.to(device))

    def with_exponents(self, powers: tuple[float, ...]) -> MarkovChain:
        return MarkovChain(replace(self.plan, powers=powers), self.logs)

    def log_scores(self, items: Tensor, kinds: Tensor) -> Tensor:
        """Logs (B, N), not normalised, of what is likely after the last events."""
        recent = previous_items(items, kinds, self.plan.read)
        powers = torch.tensor(self.plan.powers, device=items.device)
        weights = (powers * (recent >= 0)).to(self.logs.dtype)
        known = recent.clamp(min=0)
        return functional.embedding_bag(known, self.logs, mode="sum", per_sample_weights=weights).float()

    def log_scores_each(self, items: Tensor, kinds: Tensor) -> Tensor:
        """What each of the last events says by itself, newest first; where there is none, the same for every item."""
        recent = previous_items(items, kinds, self.plan.read)
        return self.logs[recent.clamp(min=0)].float() * (recent >= 0)[:, :, None]

    def to_tensors(self) -> dict[str, Tensor]:
        """The cells above the floor alone, row by row."""
        above = self.logs > self._find_floor()
        return {
            "sizes": above.sum(dim=1).to(torch.int32).cpu(),
            "columns": above.nonzero()[:, 1].to(torch.int16 if len(self.logs) <= 2**15 else torch.int32).cpu(),
            "values": self.logs[above].cpu(),
        }

    @classmethod
    def from_tensors(cls, plan: MarkovChainConfig, parts: Mapping[str, Tensor]) -> MarkovChain:
        items = len(parts["sizes"])
        found = cls(plan, torch.empty(items, items, dtype=torch.float16))
        found.logs.fill_(found._find_floor())
        rows = torch.repeat_interleave(torch.arange(items), parts["sizes"].long())
        found.logs[rows, parts["columns"].long()] = parts["values"]
        return found

    def _find_floor(self) -> Tensor:
        return torch.tensor(self.plan.floor).log().to(torch.float16)


def previous_items(items: Tensor, kinds: Tensor, read: int) -> Tensor:
    """(B, T) items, kinds 0 where nothing is -> (B, R): the last events, newest first, NOBODY where there is none."""
    known = torch.where(kinds > 0, items, NOBODY).flip(1)[:, :read]
    return functional.pad(known, (0, read - known.shape[1]), value=NOBODY)
