"""Ranks of held-back events among all items, for anything that can score a history. Knows no model and no tables.

Shapes: U people, B people at a time, N items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.protocol import Protocol

ASKED_AT_ONCE = 256
SHOWN = 10  # items of each list that are kept, for what is measured over lists
Sequences = Sequence[NDArray[np.int64]]


class Scorer(Interface):
    """Anything that can be asked what a history would go on with."""

    name: str

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        """Item rows of each person, oldest first -> (B, N)."""
        ...


@dataclass(frozen=True)
class Ranked:
    """`ranks` (U,) from 0, of each held-back event; `lists` (U, 10) the items that would have been shown."""

    ranks: NDArray[np.int64]
    lists: NDArray[np.int64]


def rank_people(scorer: Scorer, sequences: Sequences, protocol: Protocol) -> Ranked:
    """Asks for everybody who has a held-back event and something before it."""
    back = protocol.held_back
    asked = [events for events in sequences if len(events) > back]
    ranks, lists = [], []
    for start in range(0, len(asked), ASKED_AT_ONCE):
        part = asked[start : start + ASKED_AT_ONCE]
        histories = [events[:-back] for events in part]
        targets = np.array([events[-back] for events in part])
        scores = np.array(scorer.score(histories), dtype=np.float32)
        wanted = scores[np.arange(len(part)), targets].copy()
        if protocol.history_removed:
            for place, history in enumerate(histories):
                scores[place, history] = -np.inf
            scores[np.arange(len(part)), targets] = wanted  # should the target also stand in the history
        ranks.append((~(scores < wanted[:, None])).sum(axis=1) - 1)
        lists.append(list_best(scores))
    return Ranked(np.concatenate(ranks), np.concatenate(lists))


def list_best(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The best items of each row, best first; what is no number comes last."""
    held = np.where(np.isnan(scores), -np.inf, scores)
    count = min(SHOWN, held.shape[1])
    found = np.argpartition(-held, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(held, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
