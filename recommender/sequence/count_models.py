"""Count-based models (Markov chain, EASE), ensembled with the network as a product of experts. Knows no network.

Counts memorise pairs that a dot product of a few dozen numbers has to compress. A network trained on the residual of
the counts ranked worse than one trained alone: an ensemble gains from members that err independently.

Shapes: B people, T events, N items, P exponents of a model.
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
    """Scores items by counts. `exponents` (P,) weigh its log scores; `training/ensemble_weights.py` fits them."""

    name: str

    @property
    def exponents(self) -> tuple[float, ...]: ...

    def log_scores(self, items: Tensor, kinds: Tensor) -> Tensor:
        """(B, T) items and kinds (0 is padding) -> (B, N) log scores, weighted by the exponents and summed."""
        ...

    def log_scores_each(self, items: Tensor, kinds: Tensor) -> Tensor:
        """The same before weighting: (B, P, N)."""
        ...

    def with_exponents(self, exponents: tuple[float, ...]) -> Self: ...

    def to_tensors(self) -> dict[str, Tensor]: ...


def fit_count_models(
    config: RankerConfig, sequences: Sequence[NDArray[np.int64]], items: int, device: torch.device
) -> tuple[CountModel, ...]:
    """The models that the config names, fitted on `sequences` (training events only)."""
    models: list[CountModel] = []
    if config.transitions is not None:
        models.append(MarkovChain.count(config.transitions, sequences, items, device))
    if config.neighbours is not None:
        models.append(Ease.fit(config.neighbours, sequences, items, device))
    return tuple(models)


def load_count_models(config: RankerConfig, tensors: Mapping[str, Tensor]) -> tuple[CountModel, ...]:
    """Restores what `store_count_models` returned; () where nothing was stored."""
    models: list[CountModel] = []
    for config_part, model in ((config.transitions, MarkovChain), (config.neighbours, Ease)):
        stored = {
            name.removeprefix(f"{model.name}."): value for name, value in tensors.items() if name.startswith(model.name)
        }
        if isinstance(config_part, MarkovChainConfig) and stored:
            models.append(MarkovChain.from_tensors(config_part, stored))
        elif isinstance(config_part, EaseConfig) and stored:
            models.append(Ease.from_tensors(config_part, stored))
    return tuple(models)


def store_count_models(models: Sequence[CountModel]) -> dict[str, Tensor]:
    return {f"{model.name}.{name}": value for model in models for name, value in model.to_tensors().items()}


def is_count_model(name: str) -> bool:
    """Whether a stored tensor belongs to a count-based model and not to the network."""
    return name.startswith((MarkovChain.name, Ease.name))
