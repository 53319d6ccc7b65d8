"""Ranks of finite-back events among all items, for any scorer of histories. Knows no model and no tables.

Shapes: U people, B people per batch, N items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.protocol import Protocol

ASKED_AT_ONCE = 256
LIST_LENGTH = 10  # top items stored per person, for list metrics such as coverage
Sequences = Sequence[NDArray[np.int64]]


class Scorer(Interface):
    """Scores all items as the next item of a history."""

    name: str

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        """Item rows of each person, oldest first -> (B, N) float32."""
        ...


@dataclass(frozen=True)
class EvaluatedRanks:
    """`ranks` (U,) from 0 of each finite-back event; `lists` (U, 10) the top item rows."""

    ranks: NDArray[np.int64]
    lists: NDArray[np.int64]


def rank_people(scorer: Scorer, sequences: Sequences, protocol: Protocol) -> EvaluatedRanks:
    """Ranks the finite-back event of everybody who has a history before it."""
    return rank_protocols(scorer, sequences, (protocol,))[0]


def rank_protocols(scorer: Scorer, sequences: Sequences, protocols: Sequence[Protocol]) -> list[EvaluatedRanks]:
    """`rank_people` for several protocols with the same `held_back`; the scorer runs only once."""
    back = protocols[0].held_back
    eligible = [events for events in sequences if len(events) > back]
    parts: list[list[EvaluatedRanks]] = [[] for _ in protocols]
    for start in range(0, len(eligible), ASKED_AT_ONCE):
        people = eligible[start : start + ASKED_AT_ONCE]
        scores = np.array(scorer.score([events[:-back] for events in people]), dtype=np.float32)
        for batches, protocol in zip(parts, protocols, strict=True):
            batches.append(_rank_batch(scores.copy(), people, protocol))
    return [
        EvaluatedRanks(
            np.concatenate([part.ranks for part in batches]), np.concatenate([part.lists for part in batches])
        )
        for batches in parts
    ]


def _rank_batch(scores: NDArray[np.float32], people: Sequences, protocol: Protocol) -> EvaluatedRanks:
    back, rows = protocol.held_back, np.arange(len(people))
    targets = np.array([events[-back] for events in people])
    target_scores = scores[rows, targets].copy()
    if protocol.history_removed:
        for row, events in enumerate(people):
            scores[row, events[:-back]] = -np.inf
        scores[rows, targets] = target_scores  # in case the target is also in the history
    return EvaluatedRanks((~(scores < target_scores[:, None])).sum(axis=1) - 1, top_items(scores))


def top_items(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """(B, N) scores -> (B, 10) top item rows, best first; NaN comes last."""
    finite = np.where(np.isnan(scores), -np.inf, scores)
    count = min(LIST_LENGTH, finite.shape[1])
    top = np.argpartition(-finite, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(finite, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1)
