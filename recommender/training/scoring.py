"""Inference with a trained network: person vectors, item scores, ranks of held-back events. Knows no tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from recommender.sequence.events import REFERENCE_EVENT, UNKNOWN_GAP
from recommender.sequence.network import SequenceNetwork
from recommender.training.batching import Batch, Events, SequenceLoader, stack_events
from recommender.training.movielens import TrainingData

ASKED_AT_ONCE = 128


def half_precision(device: torch.device) -> torch.autocast:
    """bf16 autocast where the device supports it: half the memory, and about twice the speed on such CPUs."""
    has_bf16 = device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_bf16)


def encode_people(network: SequenceNetwork, items: Tensor, batch: Batch, device: torch.device) -> Tensor:
    """(N, C) item vectors and a batch of (B, T) -> (B, T, C). `embedding` has a faster gradient than indexing."""
    rows = functional.embedding(batch.items.to(device), items)
    encoded: Tensor = network.person(rows, batch.kinds.to(device), batch.gaps.to(device))
    return encoded


def score_batch(network: SequenceNetwork, items: Tensor, batch: Batch, width: int | None = None) -> Tensor:
    """(B, N) next-item scores of network and experts; `width` truncates the vectors to their first dimensions."""
    last = encode_people(network, items, batch, items.device)[:, -1]
    if width is not None:
        last, items = network.truncate(last, width), network.truncate(items, width)
    scores = network.score(last, items)
    expert_scores = network.count_model_scores(batch.items.to(items.device), batch.kinds.to(items.device))
    scores = scores if expert_scores is None else scores + expert_scores
    if network.borrowing is None:
        return scores
    return network.borrowing.smooth(scores.float(), network.apply_temperature(last).float(), items.float())


@torch.inference_mode()
def average_person(
    network: SequenceNetwork, reader: SequenceLoader, items: Tensor, rows: Sequence[int], held_back: int
) -> Tensor:
    """(C,) mean person vector after all but the last `held_back` events, scaled by the temperature."""
    network.eval()
    total = torch.zeros(network.config.dims, device=items.device)
    for start in range(0, len(rows), ASKED_AT_ONCE):
        batch = reader.collate_histories(rows[start : start + ASKED_AT_ONCE], held_back)
        total += network.apply_temperature(encode_people(network, items, batch, items.device)[:, -1]).float().sum(dim=0)
    return total / max(1, len(rows))


@torch.inference_mode()
def rank_last_events(
    network: SequenceNetwork,
    reader: SequenceLoader,
    vectors: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    people: Sequence[int],
    held_back: int,
) -> NDArray[np.int64]:
    """Rank from 0 of each person's event `held_back` from the end, among all items but those of their history."""
    network.eval()
    items = network.embed_items(vectors, present)
    order = sorted(range(len(people)), key=lambda index: len(reader.data.sequences[people[index]]))
    ranks = np.empty(len(people), dtype=np.int64)
    for start in range(0, len(order), ASKED_AT_ONCE):
        indices = order[start : start + ASKED_AT_ONCE]
        ranks[indices] = _rank_batch(network, reader, items, [people[index] for index in indices], held_back)
    return ranks


def _rank_batch(
    network: SequenceNetwork, reader: SequenceLoader, items: Tensor, rows: Sequence[int], held_back: int
) -> NDArray[np.int64]:
    batch = reader.collate_histories(rows, held_back)
    scores = score_batch(network, items, batch)
    sequences = reader.data.sequences
    targets = np.array([sequences[row][-held_back] for row in rows])
    target_scores = scores[range(len(rows)), targets]
    for index, row in enumerate(rows):
        scores[index, sequences[row][: len(sequences[row]) - held_back]] = float("-inf")
    scores[range(len(rows)), targets] = target_scores  # in case the target is also in the history
    # Ties and NaN count against the target, so that constant scores do not look like a good ranking.
    return np.asarray((~(scores < target_scores[:, None])).sum(dim=1).cpu().numpy() - 1, dtype=np.int64)


class NetworkScorer:
    """Adapter for benchmarks: a network with its embedded items, scoring histories of item rows."""

    def __init__(self, network: SequenceNetwork, data: TrainingData, name: str, width: int | None = None) -> None:
        self.name, self.width = name, width
        self.network = network.eval()
        self.device = next(network.parameters()).device
        with torch.inference_mode():
            vectors = {key: torch.from_numpy(rows).to(self.device) for key, rows in data.vectors.items()}
            present = {key: torch.from_numpy(rows).to(self.device) for key, rows in data.present.items()}
            self.items = network.embed_items(vectors, present)

    @torch.inference_mode()
    def score(self, histories: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Item rows of each person, oldest first -> (B, N) float32. A person without history gets zeros."""
        length = self.network.config.length
        parts = [_as_events(history[-length:]) for history in histories]
        batch = stack_events(parts, asks=False)
        scores = score_batch(self.network, self.items, batch, self.width)
        scores = scores * (batch.kinds[:, -1:].to(self.device) > 0)
        return np.asarray(scores.float().cpu().numpy(), dtype=np.float32)


def _as_events(items: NDArray[np.int64]) -> Events:
    size = len(items)
    kinds, gaps = np.full(size, REFERENCE_EVENT), np.full(size, UNKNOWN_GAP, dtype=np.int64)
    return Events(items, kinds, gaps, np.ones(size, dtype=np.float32))
