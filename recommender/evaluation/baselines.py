"""Baselines: chance, popularity, item-kNN, content-kNN. Knows no network and no tables.

Shapes: B people, N items, D dimensions of a content vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Sequences = Sequence[NDArray[np.int64]]


class RandomBaseline:
    """Uniform random scores, drawn anew for every person; deterministic given the seed."""

    name = "random"

    def __init__(self, items: int, seed: int = 0) -> None:
        self.items, self.rng = items, np.random.default_rng(seed)

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        return self.rng.random((len(histories), self.items), dtype=np.float32)


class PopularityBaseline:
    """Items by their number of training events; the same list for everybody."""

    name = "popularity"

    def __init__(self, training: Sequences, items: int) -> None:
        self.counts = count_events(training, items).astype(np.float32)

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        return np.broadcast_to(self.counts, (len(histories), len(self.counts)))


class ItemNeighbours:
    """Item-kNN (Sarwar et al., WWW 2001): shrunk cosine of co-occurrence, summed over the history."""

    name = "item-knn"

    def __init__(self, training: Sequences, items: int, neighbours: int = 100, shrinkage: float = 20.0) -> None:
        interactions = np.zeros((len(training), items), dtype=np.float32)
        for row, events in enumerate(training):
            interactions[row, events] = 1.0
        cooccurrence = interactions.T @ interactions
        counts = cooccurrence.diagonal().copy()
        similarity = cooccurrence / (np.sqrt(np.outer(counts, counts)) + shrinkage)
        np.fill_diagonal(similarity, 0.0)
        k = min(neighbours, items)
        cutoff = np.partition(similarity, items - k, axis=1)[:, items - k, None]
        self.likeness = np.where(similarity >= cutoff, similarity, 0.0).astype(np.float32)

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        interactions = np.zeros((len(histories), len(self.likeness)), dtype=np.float32)
        for row, events in enumerate(histories):
            interactions[row, events] = 1.0
        scores: NDArray[np.float32] = interactions @ self.likeness
        return scores


class ContentNeighbours:
    """Content-kNN: cosine to the mean content vector of the last `read` events; needs no training."""

    name = "content-knn"

    def __init__(self, vectors: NDArray[np.float32], read: int = 3) -> None:
        self.vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        self.read = read  # the mean of 10 or 50 did worse on MovieLens-1M

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        empty = np.zeros(self.vectors.shape[1], dtype=np.float32)
        recent = [self.vectors[events[-self.read :]].mean(axis=0) if len(events) else empty for events in histories]
        scores: NDArray[np.float32] = np.stack(recent).astype(np.float32) @ self.vectors.T
        return scores


def count_events(sequences: Sequences, items: int) -> NDArray[np.int64]:
    """(N,) int64: number of events per item."""
    joined = np.concatenate(sequences) if len(sequences) else np.zeros(0, dtype=np.int64)
    return np.bincount(joined, minlength=items)
