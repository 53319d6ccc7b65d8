"""Candidates that came into the library last."""

from __future__ import annotations

from recommender.retrieval.scope import Scope
from recommender.types import Candidate

NAME = "fresh"


def find_candidates(scope: Scope) -> list[Candidate]:
    rows = scope.items.order_by("-created_at", "-pk").values_list("pk", flat=True)[: scope.limit]
    ids = list(rows)
    return [Candidate(item_id, "", {NAME: 1 - place / len(ids)}) for place, item_id in enumerate(ids)]
