"""Opinions that are counted instead of trained, and heard beside the network. Knows no network.

Counts know by heart what a dot product of a few dozen numbers has to squeeze. A network trained on what the counts
leave over ranked worse than one trained alone: what each finds out by itself is what makes several better than one.

Shapes: B people, T events, N items, P powers of an expert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recommender.sequence.config import EaseConfig, MarkovChainConfig, RankerConfig
from recommender.sequence.ease import Ease
from recommender.sequence.markov_chain import MarkovChain


class CountModel(Protocol):
    """`powers` (P,) multiply its opinions; they are fitted beside the network's scores (mixing.py)."""

    name: str

    @property
    def exponents(self) -> tuple[float, ...]: ...

    def log_scores(self, items: Tensor, kinds: Tensor) -> Tensor:
        """(B, T) items, kinds 0 where nothing is -> (B, N): its opinions, each to its power, in one."""
        ...

    def log_scores_each(self, items: Tensor, kinds: Tensor) -> Tensor:
        """The same before the powers: (B, P, N)."""
        ...

    def with_exponents(self, powers: tuple[float, ...]) -> Self: ...

    def to_tensors(self) -> dict[str, Tensor]: ...


def fit_count_models(
    config: RankerConfig, sequences: Sequence[NDArray[np.int64]], items: int, device: torch.device
) -> tuple[CountModel, ...]:
    """Those that the config asks for, from the events that may be known."""
    found: list[CountModel] = []
    if config.transitions is not None:
        found.append(MarkovChain.count(config.transitions, sequences, items, device))
    if config.neighbours is not None:
        found.append(Ease.fit(config.neighbours, sequences, items, device))
    return tuple(found)


def load_count_models(config: RankerConfig, tensors: Mapping[str, Tensor]) -> tuple[CountModel, ...]:
    """From what `store_count_models` gave; none where nothing was stored."""
    found: list[CountModel] = []
    for plan, kind in ((config.transitions, MarkovChain), (config.neighbours, Ease)):
        own = {
            name.removeprefix(f"{kind.name}."): value for name, value in tensors.items() if name.startswith(kind.name)
        }
        if isinstance(plan, MarkovChainConfig) and own:
            found.append(MarkovChain.from_tensors(plan, own))
        elif isinstance(plan, EaseConfig) and own:
            found.append(Ease.from_tensors(plan, own))
    return tuple(found)


def store_count_models(experts: Sequence[CountModel]) -> dict[str, Tensor]:
    return {f"{expert.name}.{name}": value for expert in experts for name, value in expert.to_tensors().items()}


def is_count_model(name: str) -> bool:
    """Whether a stored tensor belongs to an expert and not to the network."""
    return name.startswith((MarkovChain.name, Ease.name))
