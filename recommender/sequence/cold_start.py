"""What an item that hardly anybody has met borrows from those that many know. Knows no tables and no files.

Counts and IDs have nothing to say of a new item, and content alone foretells it too timidly: what the tower learned by
heart of known items it has to guess for this one. So a new item is taken to be as likely as one of the known items that
its content resembles, and its own vector tells how this person differs from everybody.

Shapes: B people, N items, C numbers of a vector, R items that borrow, K lenders of each.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from recommender.sequence.config import SmoothingConfig

ASKED_AT_ONCE = 32  # people; their scores of all lenders are held at once


class NeighbourSmoothing:
    """`rows` (R,) borrow from `lenders` (R, K) by `logs` (R, K) of their shares, and the more of it by `need` (R,).

    `centre` (C,) is the average person, from whom this person's difference is told.
    """

    name = "borrowing"

    def __init__(self, plan: SmoothingConfig, parts: Mapping[str, Tensor]) -> None:
        self.plan = plan
        self.rows, self.lenders = parts["rows"].long(), parts["lenders"].long()
        self.logs, self.need, self.centre = parts["logs"].float(), parts["need"].float(), parts["centre"].float()

    @classmethod
    def find(cls, plan: SmoothingConfig, content: Tensor, counts: Tensor, centre: Tensor) -> NeighbourSmoothing | None:
        """(N, C) content vectors, (N,) how often each item was met; None where nobody needs to or nobody can lend."""
        known = (counts >= plan.most_events).nonzero()[:, 0]
        rows = (counts < plan.most_events).nonzero()[:, 0]
        if not len(rows) or not len(known):
            return None
        unit = functional.normalize(content.float(), dim=-1)
        nearest = (unit[rows] @ unit[known].T).topk(min(plan.lenders, len(known)), dim=1)
        parts = {
            "rows": rows,
            "lenders": known[nearest.indices],
            "logs": torch.log_softmax(nearest.values / plan.temperature, dim=1),
            "need": plan.half / (counts[rows] + plan.half),
            "centre": centre,
        }
        return cls(plan, parts)

    def smooth(self, scores: Tensor, people: Tensor, items: Tensor) -> Tensor:
        """(B, N) scores, (B, C) people with the temperature in them, (N, C) items -> (B, N).

        C may be a nested width of the vectors. What lenders are likely to be is averaged before it is a log again.
        """
        others = people - self.centre[: people.shape[1]]
        own = self.plan.own * (others @ items[self.rows].T)
        lent = torch.cat([self._interpolate(part) for part in torch.split(scores, ASKED_AT_ONCE)])
        mixed = torch.lerp(scores[:, self.rows], lent + own, self.need)
        return scores.index_copy(1, self.rows, mixed)

    def _interpolate(self, scores: Tensor) -> Tensor:
        return torch.logsumexp(scores[:, self.lenders] + self.logs, dim=-1)

    def to_tensors(self) -> dict[str, Tensor]:
        return {
            "rows": self.rows.int(),
            "lenders": self.lenders.int(),
            "logs": self.logs,
            "need": self.need,
            "centre": self.centre,
        }
