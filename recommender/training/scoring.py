"""Asking a trained network: vectors of people, scores of items, ranks of held-back events. Knows no tables."""

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
    """bf16 where the machine has it: half the memory, and on such CPUs about twice the speed."""
    has_it = device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_it)


def encode_people(network: SequenceNetwork, items: Tensor, batch: Batch, device: torch.device) -> Tensor:
    """(N, C) item vectors and a batch of (B, T) -> (B, T, C). A plain lookup's gradient is slower than embedding's."""
    rows = functional.embedding(batch.items.to(device), items)
    encoded: Tensor = network.person(rows, batch.kinds.to(device), batch.gaps.to(device))
    return encoded


def score_batch(network: SequenceNetwork, items: Tensor, batch: Batch, width: int | None = None) -> Tensor:
    """(B, N): what each person would go on with, by the first `width` numbers alone if asked, and by its experts."""
    last = encode_people(network, items, batch, items.device)[:, -1]
    if width is not None:
        last, items = network.truncate(last, width), network.truncate(items, width)
    scores = network.score(last, items)
    heard = network.count_model_scores(batch.items.to(items.device), batch.kinds.to(items.device))
    scores = scores if heard is None else scores + heard
    if network.borrowing is None:
        return scores
    return network.borrowing.smooth(scores.float(), network.apply_temperature(last).float(), items.float())


@torch.inference_mode()
def average_person(
    network: SequenceNetwork, reader: SequenceLoader, items: Tensor, rows: Sequence[int], held: int
) -> Tensor:
    """(C,): what all people have in common after all but the last `held` events, the temperature in it."""
    network.eval()
    total = torch.zeros(network.config.dims, device=items.device)
    for start in range(0, len(rows), ASKED_AT_ONCE):
        batch = reader.collate_histories(rows[start : start + ASKED_AT_ONCE], held)
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
    order = sorted(range(len(people)), key=lambda place: len(reader.data.sequences[people[place]]))
    ranks = np.empty(len(people), dtype=np.int64)
    for start in range(0, len(order), ASKED_AT_ONCE):
        places = order[start : start + ASKED_AT_ONCE]
        ranks[places] = _rank_batch(network, reader, items, [people[place] for place in places], held_back)
    return ranks


def _rank_batch(
    network: SequenceNetwork, reader: SequenceLoader, items: Tensor, rows: Sequence[int], held_back: int
) -> NDArray[np.int64]:
    batch = reader.collate_histories(rows, held_back)
    scores = score_batch(network, items, batch)
    sequences = reader.data.sequences
    targets = np.array([sequences[row][-held_back] for row in rows])
    wanted = scores[range(len(rows)), targets]
    for place, row in enumerate(rows):
        scores[place, sequences[row][: len(sequences[row]) - held_back]] = float("-inf")
    scores[range(len(rows)), targets] = wanted  # should the target also stand in the history
    # Ties and scores that are no number count against the target: a network that says nothing must rank nothing.
    return np.asarray((~(scores < wanted[:, None])).sum(dim=1).cpu().numpy() - 1, dtype=np.int64)


class NetworkScorer:
    """A network and its items behind the one question that a benchmark asks: what would this history go on with?"""

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
        """Item rows of each person, oldest first -> (B, N). A person without any history gets zeros."""
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
