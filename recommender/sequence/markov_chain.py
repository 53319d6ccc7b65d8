"""An item-to-item Markov chain: transition counts over a window. Knows no network.

After Rendle, Freudenthaler, Schmidt-Thieme, "Factorizing personalized Markov chains", WWW 2010, not factorised.

Shapes: B people, T events, N items, R = `read` last events.
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

NO_ITEM = -1  # padding


class MarkovChain:
    """Log transition probabilities (N, N) in float16, so that they stay in the processor's cache.

    The last R events are combined as a product of experts (Hinton, 2002), each with its own exponent: an item that
    follows two of them is likelier than one that follows either.
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
        """Counts pairs up to `window` steps apart, nearer pairs more; `smoothing` shrinks the rows of rare items."""
        counts = np.zeros(items * items, dtype=np.float64)
        histories = list(sequences)
        for step in range(1, plan.window + 1):
            pairs = [events[:-step] * items + events[step:] for events in histories if len(events) > step]
            if pairs:
                counts += plan.fade ** (step - 1) * np.bincount(np.concatenate(pairs), minlength=items * items)
        matrix = counts.reshape(items, items)
        totals = np.maximum(matrix.sum(axis=1) + plan.smoothing, np.finfo(np.float32).tiny)
        logs = torch.from_numpy(np.log(matrix / totals[:, None] + plan.floor).astype(np.float16))
        return cls(plan, logs.to(device))

    def with_exponents(self, exponents: tuple[float, ...]) -> MarkovChain:
        return MarkovChain(replace(self.plan, powers=exponents), self.logs)

    def log_scores(self, items: Tensor, kinds: Tensor) -> Tensor:
        """(B, N) unnormalised log probabilities of the next item after the last R events."""
        recent = previous_items(items, kinds, self.plan.event_count)
        exponents = torch.tensor(self.plan.powers, device=items.device)
        weights = (exponents * (recent >= 0)).to(self.logs.dtype)
        known = recent.clamp(min=0)
        return functional.embedding_bag(known, self.logs, mode="sum", per_sample_weights=weights).float()

    def log_scores_each(self, items: Tensor, kinds: Tensor) -> Tensor:
        """(B, R, N): the log scores of each of the last events, newest first; zeros where there is no event."""
        recent = previous_items(items, kinds, self.plan.event_count)
        return self.logs[recent.clamp(min=0)].float() * (recent >= 0)[:, :, None]

    def to_tensors(self) -> dict[str, Tensor]:
        """Row-compressed: only the cells above the floor."""
        above = self.logs > self._log_floor()
        return {
            "sizes": above.sum(dim=1).to(torch.int32).cpu(),
            "columns": above.nonzero()[:, 1].to(torch.int16 if len(self.logs) <= 2**15 else torch.int32).cpu(),
            "values": self.logs[above].cpu(),
        }

    @classmethod
    def from_tensors(cls, plan: MarkovChainConfig, parts: Mapping[str, Tensor]) -> MarkovChain:
        items = len(parts["sizes"])
        chain = cls(plan, torch.empty(items, items, dtype=torch.float16))
        chain.logs.fill_(chain._log_floor())
        rows = torch.repeat_interleave(torch.arange(items), parts["sizes"].long())
        chain.logs[rows, parts["columns"].long()] = parts["values"]
        return chain

    def _log_floor(self) -> Tensor:
        return torch.tensor(self.plan.floor).log().to(torch.float16)


def previous_items(items: Tensor, kinds: Tensor, read: int) -> Tensor:
    """(B, T) items and kinds (0 is padding) -> (B, R): the last R items, newest first, NO_ITEM where there is none."""
    known = torch.where(kinds > 0, items, NO_ITEM).flip(1)[:, :read]
    return functional.pad(known, (0, read - known.shape[1]), value=NO_ITEM)
