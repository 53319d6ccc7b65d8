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

from recommender.sequence.config import NeighbourPlan, RankerConfig, TransitionPlan
from recommender.sequence.ease import Neighbours
from recommender.sequence.markov_chain import Transitions


class Expert(Protocol):
    """`powers` (P,) multiply its opinions; they are fitted beside the network's scores (mixing.py)."""

    name: str

    @property
    def powers(self) -> tuple[float, ...]: ...

    def hear(self, items: Tensor, kinds: Tensor) -> Tensor:
        """(B, T) items, kinds 0 where nothing is -> (B, N): its opinions, each to its power, in one."""
        ...

    def hear_each(self, items: Tensor, kinds: Tensor) -> Tensor:
        """The same before the powers: (B, P, N)."""
        ...

    def with_powers(self, powers: tuple[float, ...]) -> Self: ...

    def to_tensors(self) -> dict[str, Tensor]: ...


def count_experts(
    config: RankerConfig, sequences: Sequence[NDArray[np.int64]], items: int, device: torch.device
) -> tuple[Expert, ...]:
    """Those that the config asks for, from the events that may be known."""
    found: list[Expert] = []
    if config.transitions is not None:
        found.append(Transitions.count(config.transitions, sequences, items, device))
    if config.neighbours is not None:
        found.append(Neighbours.fit(config.neighbours, sequences, items, device))
    return tuple(found)


def load_experts(config: RankerConfig, tensors: Mapping[str, Tensor]) -> tuple[Expert, ...]:
    """From what `store_experts` gave; none where nothing was stored."""
    found: list[Expert] = []
    for plan, kind in ((config.transitions, Transitions), (config.neighbours, Neighbours)):
        own = {
            name.removeprefix(f"{kind.name}."): value for name, value in tensors.items() if name.startswith(kind.name)
        }
        if isinstance(plan, TransitionPlan) and own:
            found.append(Transitions.from_tensors(plan, own))
        elif isinstance(plan, NeighbourPlan) and own:
            found.append(Neighbours.from_tensors(plan, own))
    return tuple(found)


def store_experts(experts: Sequence[Expert]) -> dict[str, Tensor]:
    return {f"{expert.name}.{name}": value for expert in experts for name, value in expert.to_tensors().items()}


def is_expert(name: str) -> bool:
    """Whether a stored tensor belongs to an expert and not to the network."""
    return name.startswith((Transitions.name, Neighbours.name))
