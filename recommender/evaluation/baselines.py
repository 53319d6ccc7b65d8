"""What every figure stands beside: chance, popularity, item neighbours, likeness. Knows no network and no tables.

Shapes: B people, N items, D numbers of a content vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Sequences = Sequence[NDArray[np.int64]]


class Chance:
    """A new draw for every person, the same ones for the same seed."""

    name = "random"

    def __init__(self, items: int, seed: int = 0) -> None:
        self.items, self.rng = items, np.random.default_rng(seed)

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        return self.rng.random((len(histories), self.items), dtype=np.float32)


class Popularity:
    """How often an item stands in the training events; the same list for everybody."""

    name = "popularity"

    def __init__(self, training: Sequences, items: int) -> None:
        self.counts = count_events(training, items).astype(np.float32)

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        return np.broadcast_to(self.counts, (len(histories), len(self.counts)))


class ItemNeighbours:
    """Item-kNN (Sarwar et al., 2001): cosine between who met what, shrunk where few did, summed over the history."""

    name = "item-knn"

    def __init__(self, training: Sequences, items: int, neighbours: int = 100, shrinkage: float = 20.0) -> None:
        met = np.zeros((len(training), items), dtype=np.float32)
        for row, events in enumerate(training):
            met[row, events] = 1.0
        shared = met.T @ met
        counts = shared.diagonal().copy()
        likeness = shared / (np.sqrt(np.outer(counts, counts)) + shrinkage)
        np.fill_diagonal(likeness, 0.0)
        kept = min(neighbours, items)
        least = np.partition(likeness, items - kept, axis=1)[:, items - kept, None]
        self.likeness = np.where(likeness >= least, likeness, 0.0).astype(np.float32)

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        met = np.zeros((len(histories), len(self.likeness)), dtype=np.float32)
        for row, events in enumerate(histories):
            met[row, events] = 1.0
        scored: NDArray[np.float32] = met @ self.likeness
        return scored


class ContentNeighbours:
    """Cosine of content vectors to the mean of the last few events: what is there without any training."""

    name = "content-knn"

    def __init__(self, vectors: NDArray[np.float32], read: int = 3) -> None:
        self.vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        self.read = read  # the mean of 10 or 50 did worse on MovieLens-1M

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        empty = np.zeros(self.vectors.shape[1], dtype=np.float32)
        recent = [self.vectors[events[-self.read :]].mean(axis=0) if len(events) else empty for events in histories]
        scored: NDArray[np.float32] = np.stack(recent).astype(np.float32) @ self.vectors.T
        return scored


def count_events(sequences: Sequences, items: int) -> NDArray[np.int64]:
    """(N,): how often each item stands in these events."""
    joined = np.concatenate(sequences) if len(sequences) else np.zeros(0, dtype=np.int64)
    return np.bincount(joined, minlength=items)
