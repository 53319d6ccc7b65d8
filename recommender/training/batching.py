"""Batches of event sequences for training and scoring. Knows no network.

Shapes: B people, T events. Sequences are left-padded, so that the last event is in the last column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recommender.sequence.events import REFERENCE_EVENT, UNKNOWN_GAP
from recommender.training.movielens import TrainingData

SORTED_BATCHES = 8  # batches sorted by length together; more would also order the batches among themselves


@dataclass(frozen=True)
class Events:
    """One person's items, kinds, gaps and weights, oldest first, (T,) each."""

    items: NDArray[np.int64]
    kinds: NDArray[np.int64]
    gaps: NDArray[np.int64]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.items)

    def cut(self, part: slice | NDArray[np.bool_]) -> Events:
        return Events(self.items[part], self.kinds[part], self.gaps[part], self.weights[part])


@dataclass(frozen=True)
class Batch:
    """(B, T) each. `kinds` is 0 for padding; `targets` are the next items, `weights` their weights in the loss."""

    items: Tensor
    kinds: Tensor
    gaps: Tensor
    targets: Tensor
    weights: Tensor


class SequenceLoader:
    """Reads and batches people's sequences without the held-back last events and without withheld items."""

    def __init__(self, data: TrainingData, withheld: frozenset[int], length: int) -> None:
        self.data, self.length = data, length
        self._withheld = np.array(sorted(withheld), dtype=np.int64)

    def read(self, row: int, held_back: int) -> Events:
        """All of a person's events but the last `held_back`."""
        items = self.data.sequences[row]
        size = max(0, len(items) - held_back)
        kinds = self.data.types[row] if self.data.types else np.full(size, REFERENCE_EVENT)
        gaps = self.data.gaps[row] if self.data.gaps else np.full(size, UNKNOWN_GAP, dtype=np.int64)
        weights = self.data.weights[row] if self.data.weights else np.ones(size, dtype=np.float32)
        events = Events(items[:size], kinds[:size], gaps[:size], weights[:size])
        return events.cut(~np.isin(events.items, self._withheld)) if len(self._withheld) else events

    def count(self, rows: Sequence[int], held_back: int) -> NDArray[np.float32]:
        """(N,) float32: events of these people per item."""
        counts = np.zeros(self.data.item_count, dtype=np.float32)
        for row in rows:
            np.add.at(counts, self.read(row, held_back).items, 1.0)
        return counts

    def collate_training(self, rows: Sequence[int], held_back: int, rng: np.random.Generator) -> Batch:
        """A random window of each sequence that is longer than `length`, so that all of its events are trained on."""
        return stack_events([self._cut_window(self.read(row, held_back), rng) for row in rows])

    def collate_histories(self, rows: Sequence[int], held_back: int) -> Batch:
        """The last `length` events of each person, without targets."""
        parts = [self.read(row, held_back).cut(slice(-self.length, None)) for row in rows]
        return stack_events(parts, asks=False)

    def _cut_window(self, events: Events, rng: np.random.Generator) -> Events:
        spare = len(events) - self.length - 1
        start = int(rng.integers(spare + 1)) if spare > 0 else 0
        return events.cut(slice(start, start + self.length + 1))


def bucket_by_length(
    lengths: NDArray[np.int64], people: Sequence[int], size: int, rng: np.random.Generator
) -> Iterator[list[int]]:
    """Batches people with histories of similar length, to save padding; the order of the batches is shuffled."""
    order = rng.permutation(np.asarray(people))
    wide = SORTED_BATCHES * size
    batches = []
    for start in range(0, len(order), wide):
        chunk = order[start : start + wide]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches += [chunk[first : first + size].tolist() for first in range(0, len(chunk), size)]
    yield from (batches[index] for index in rng.permutation(len(batches)))


def stack_events(parts: Sequence[Events], *, asks: bool = True) -> Batch:
    """Left-pads sequences into one batch. With `asks`, the last event of each is only a target."""
    target_count = 1 if asks else 0
    longest = max(1, *(len(part) - target_count for part in parts)) if parts else 1
    shape = (len(parts), longest)
    items, kinds, gaps = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    targets, weights = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
    for row, part in enumerate(parts):
        size = len(part) - target_count
        if size < 1:
            continue
        items[row, -size:] = part.items[:size]
        kinds[row, -size:] = part.kinds[:size]
        gaps[row, -size:] = part.gaps[:size]
        if asks:
            targets[row, -size:], weights[row, -size:] = part.items[1:], part.weights[1:]
    return Batch(*(torch.from_numpy(array) for array in (items, kinds, gaps, targets, weights)))
