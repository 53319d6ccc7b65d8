"""Export from torch to ONNX: one graph for items, one for people, and their metadata as JSON. Knows no tables."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mediarec.library.errors import NotUnderstoodError
from recommender.sequence.network import PersonEncoder, SequenceNetwork
from recommender.sequence.tower import ContentTower

ITEMS_FILE, PERSON_FILE, FACTS_FILE, TORCH_FILE = "items.onnx", "person.onnx", "ranker.json", "network.safetensors"
SERVED_LENGTH = 200  # history length of the exported graph; shorter histories are padded


class _Items(nn.Module):
    """The content tower with its modalities as positional inputs, in the order of the config."""

    def __init__(self, tower: ContentTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, text: Tensor, image: Tensor, audio: Tensor, present: Tensor) -> Tensor:
        vectors = dict(zip(self.tower.names, (text, image, audio), strict=True))
        masks = {name: present[:, column] for column, name in enumerate(self.tower.names)}
        embedded: Tensor = self.tower(vectors, masks)
        return embedded


class _LastPerson(nn.Module):
    """The person encoder, reduced to the vector after the last event."""

    def __init__(self, encoder: PersonEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, items: Tensor, types: Tensor, gaps: Tensor) -> Tensor:
        people: Tensor = self.encoder(items, types, gaps)
        return people[:, -1]


def export_network(network: SequenceNetwork, folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes the graphs, the torch weights (for fine-tuning) and the facts into `folder`, atomically.

    `facts` holds at least `name`, `version` and `trained_modalities`; other modalities are masked when serving.
    Raises NotUnderstoodError for a network with ID embeddings.
    """
    network = network.eval().cpu()
    if network.tower is None or network.residual is not None:
        raise NotUnderstoodError(
            "Only a content-only network can serve: ID embeddings mean nothing in another library."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".export-"))
    try:
        _export_items(network.tower, staging / ITEMS_FILE)
        _export_person(network, staging / PERSON_FILE)
        _save_weights(network, staging / TORCH_FILE)
        config = {"config": network.config.to_json(), "served_length": _served_length(network)}
        (staging / FACTS_FILE).write_text(json.dumps({**facts, **config}, indent=2) + "\n", encoding="utf-8")
        staging.chmod(0o755)
        # safetensors creates the file readable by its owner only; the web process may be another user.
        (staging / TORCH_FILE).chmod(0o644)
        if folder.exists():
            shutil.rmtree(folder)
        staging.rename(folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _served_length(network: SequenceNetwork) -> int:
    return min(SERVED_LENGTH, network.config.length)


def _export_items(tower: ContentTower, path: Path) -> None:
    dims = tower.sizes
    count = torch.export.Dim("count", min=1, max=65536)
    inputs = tuple(torch.zeros(2, size) for size in dims.values())
    torch.onnx.export(
        _Items(tower).eval(),
        (*inputs, torch.ones(2, len(dims), dtype=torch.bool)),
        str(path),
        input_names=["text", "image", "audio", "present"],
        output_names=["items"],
        dynamic_shapes=tuple({0: count} for _ in range(len(dims) + 1)),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _export_person(network: SequenceNetwork, path: Path) -> None:
    length = _served_length(network)
    types = torch.zeros(1, length, dtype=torch.int64)
    types[0, -1] = 1
    torch.onnx.export(
        _LastPerson(network.person).eval(),
        (torch.zeros(1, length, network.config.dims), types, torch.zeros(1, length, dtype=torch.int64)),
        str(path),
        input_names=["items", "types", "gaps"],
        output_names=["person"],
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _save_weights(network: SequenceNetwork, path: Path) -> None:
    from safetensors.torch import save_file

    save_file({name: value.detach().contiguous().clone() for name, value in network.state_dict().items()}, str(path))
