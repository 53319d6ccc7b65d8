"""Cold-start smoothing: the score of a rare item is interpolated with its content neighbours'. No tables, no files.

Counts and IDs know nothing about a new item, and a content tower alone scores it too low: what it memorised about known
items it has to generalise here. So a rare item gets the mean likelihood of the K known items nearest in content, plus
what its own vector says about how this person differs from the average person.

Shapes: B people, N items, C vector width, R rare items, K neighbours of each.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from recommender.sequence.config import SmoothingConfig

CHUNK_PEOPLE = 32  # bounds the (B, R, K) scores held at once


class NeighbourSmoothing:
    """`rows` (R,) are smoothed with `lenders` (R, K) by `logs` (R, K) of their weights; `need` (R,) is the share, 0..1.

    `centre` (C,) is the average person; a person's own part is the difference from it.
    """

    name = "borrowing"

    def __init__(self, plan: SmoothingConfig, parts: Mapping[str, Tensor]) -> None:
        self.plan = plan
        self.rows, self.lenders = parts["rows"].long(), parts["lenders"].long()
        self.logs, self.need, self.centre = parts["logs"].float(), parts["need"].float(), parts["centre"].float()

    @classmethod
    def find(cls, plan: SmoothingConfig, content: Tensor, counts: Tensor, centre: Tensor) -> NeighbourSmoothing | None:
        """(N, C) content vectors, (N,) events per item; None where no item is rare or none is known."""
        known = (counts >= plan.most_events).nonzero()[:, 0]
        rows = (counts < plan.most_events).nonzero()[:, 0]
        if not len(rows) or not len(known):
            return None
        unit_vectors = functional.normalize(content.float(), dim=-1)
        nearest = (unit_vectors[rows] @ unit_vectors[known].T).topk(min(plan.lenders, len(known)), dim=1)
        parts = {
            "rows": rows,
            "lenders": known[nearest.indices],
            "logs": torch.log_softmax(nearest.values / plan.temperature, dim=1),
            "need": plan.half / (counts[rows] + plan.half),
            "centre": centre,
        }
        return cls(plan, parts)

    def smooth(self, scores: Tensor, people: Tensor, items: Tensor) -> Tensor:
        """(B, N) log scores, (B, C) people scaled by temperature, (N, C) items -> (B, N) log scores.

        C may be a nested width of the vectors. Neighbours are averaged as probabilities, not as logs.
        """
        differences = people - self.centre[: people.shape[1]]
        personal = self.plan.own * (differences @ items[self.rows].T)
        neighbours = torch.cat([self._interpolate(part) for part in torch.split(scores, CHUNK_PEOPLE)])
        smoothed = torch.lerp(scores[:, self.rows], neighbours + personal, self.need)
        return scores.index_copy(1, self.rows, smoothed)

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
