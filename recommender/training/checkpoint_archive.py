"""A trained network as one safetensors file (weights, config, facts), to be evaluated again. Knows no tables.

Unlike the exported graphs it may hold ID embeddings of its training items, so only benchmarks use it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mediarec.library.atomic_files import READ_BY_ALL, write_atomically
from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.sequence.cold_start import NeighbourSmoothing
from recommender.sequence.config import RankerConfig
from recommender.sequence.count_models import is_count_model, load_count_models, store_count_models
from recommender.sequence.network import SequenceNetwork

METADATA_KEY = "mediarec"  # the key of our JSON in the file's own header


@dataclass(frozen=True)
class ArchivedNetwork:
    """`facts` is the metadata stored with the weights: data hash, seed, training config, licence."""

    network: SequenceNetwork
    facts: dict[str, Any]


def archive_network(network: SequenceNetwork, facts: Mapping[str, Any], path: Path) -> None:
    """Writes the file atomically: an interrupted write leaves the previous one."""
    from safetensors.torch import save

    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in network.state_dict().items()}
    tensors |= store_count_models(network.experts)
    if network.borrowing is not None:
        tensors |= {
            f"{NeighbourSmoothing.name}.{name}": value for name, value in network.borrowing.to_tensors().items()
        }
    note = json.dumps({**facts, "config": network.config.to_json()})
    with write_atomically(path, READ_BY_ALL) as file:
        file.write(save(tensors, metadata={METADATA_KEY: note}))


def load_archived(path: Path) -> ArchivedNetwork:
    """Raises NotFoundError without a file, NotUnderstoodError for a damaged one or values that are not finite."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise NotFoundError(f"{path} does not exist; stored weights are one file ending in .safetensors.")
    try:
        with safe_open(str(path), framework="pt") as file:
            note = json.loads((file.metadata() or {})[METADATA_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no mapping)
        network = SequenceNetwork(RankerConfig.from_json(note["config"]))
        count_tensors = {name: tensors.pop(name) for name in list(tensors) if is_count_model(name)}
        smoothing = {name: tensors.pop(name) for name in list(tensors) if name.startswith(NeighbourSmoothing.name)}
        network.load_state_dict(tensors)
        network.experts = load_count_models(network.config, count_tensors)
        network.borrowing = _load_smoothing(network.config, smoothing)
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError, OSError) as error:
        raise NotUnderstoodError(f"{path} does not hold weights that can be read: {error}.") from error
    broken = next((name for name, value in tensors.items() if not torch.isfinite(value).all()), None)
    if broken is not None:
        raise NotUnderstoodError(f"{path} has values that are not finite numbers, in {broken}.")
    return ArchivedNetwork(network.eval(), note)


def _load_smoothing(config: RankerConfig, tensors: Mapping[str, torch.Tensor]) -> NeighbourSmoothing | None:
    if config.borrowing is None or not tensors:
        return None
    parts = {name.removeprefix(f"{NeighbourSmoothing.name}."): value for name, value in tensors.items()}
    return NeighbourSmoothing(config.borrowing, parts)
