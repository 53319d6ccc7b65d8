"""A benchmark scorer over exported weights, as served: ONNX graphs, the newest events, no item IDs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.sequence.serving import SequenceRanker
from recommender.training.movielens import TrainingData

NO_AGE = float("nan")


class ServedScorer:
    """`modalities` of the item vectors; by default all that the data has."""

    def __init__(self, ranker: SequenceRanker, data: TrainingData, modalities: Sequence[str] = ()) -> None:
        self.name, self.ranker = ranker.name, ranker
        kept = modalities or data.trained_modalities
        present = {name: mask if name in kept else np.zeros_like(mask) for name, mask in data.present.items()}
        self.items = ranker.embed_items(data.vectors, present)

    def score(self, histories: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        scored: NDArray[np.float32] = np.stack([self.embed(history) for history in histories]) @ self.items.T
        return scored

    def embed(self, history: NDArray[np.int64]) -> NDArray[np.float32]:
        """Item indices, oldest first -> (D,) vector of the person."""
        recent = history[-self.ranker.length :]
        return self.ranker.embed_person(self.items[recent], ["finished"] * len(recent), [NO_AGE] * len(recent))
