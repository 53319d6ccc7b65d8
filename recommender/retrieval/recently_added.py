"""Candidates added to the library most recently."""

from __future__ import annotations

from recommender.retrieval.context import RetrievalContext
from recommender.types import Candidate

NAME = "fresh"
WIDE_FACTOR = 3


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    newest = scope.items_of().order_by("-created_at", "-pk").values_list("pk", flat=True)
    ids = list(newest[: scope.limit * WIDE_FACTOR])
    return [Candidate(item_id, "", {NAME: 1 - rank / len(ids)}) for rank, item_id in enumerate(ids)]
