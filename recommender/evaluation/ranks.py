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
class EvaluatedRanks:
    """`ranks` (U,) from 0, of each held-back event; `lists` (U, 10) the items that would have been shown."""

    ranks: NDArray[np.int64]
    lists: NDArray[np.int64]


def rank_people(scorer: Scorer, sequences: Sequences, protocol: Protocol) -> EvaluatedRanks:
    """Asks for everybody who has a held-back event and something before it."""
    return rank_under(scorer, sequences, (protocol,))[0]


def rank_under(scorer: Scorer, sequences: Sequences, protocols: Sequence[Protocol]) -> list[EvaluatedRanks]:
    """The same for several protocols that hold back the same event: the scorer is asked once."""
    back = protocols[0].held_back
    asked = [events for events in sequences if len(events) > back]
    parts: list[list[EvaluatedRanks]] = [[] for _ in protocols]
    for start in range(0, len(asked), ASKED_AT_ONCE):
        people = asked[start : start + ASKED_AT_ONCE]
        scores = np.array(scorer.score([events[:-back] for events in people]), dtype=np.float32)
        for own, protocol in zip(parts, protocols, strict=True):
            own.append(_rank_batch(scores.copy(), people, protocol))
    return [
        EvaluatedRanks(np.concatenate([part.ranks for part in own]), np.concatenate([part.lists for part in own]))
        for own in parts
    ]


def _rank_batch(scores: NDArray[np.float32], people: Sequences, protocol: Protocol) -> EvaluatedRanks:
    back, rows = protocol.held_back, np.arange(len(people))
    targets = np.array([events[-back] for events in people])
    wanted = scores[rows, targets].copy()
    if protocol.history_removed:
        for place, events in enumerate(people):
            scores[place, events[:-back]] = -np.inf
        scores[rows, targets] = wanted  # should the target also stand in the history
    return EvaluatedRanks((~(scores < wanted[:, None])).sum(axis=1) - 1, list_best(scores))


def list_best(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The best items of each row, best first; what is no number comes last."""
    held = np.where(np.isnan(scores), -np.inf, scores)
    count = min(SHOWN, held.shape[1])
    found = np.argpartition(-held, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(held, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
