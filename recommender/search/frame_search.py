"""Pictures of moments: the several vectors of a clip, nearest first. Knows no encoder."""

from __future__ import annotations

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from mediarec.library.models import Item
from recommender.models import EmbeddingSpace, MomentVector
from recommender.vectors.spaces import read_nearest
from recommender.vectors.sql import any_of

LOOK_AROUND = 4  # a clip has several moments, and the best of each item is wanted

Moment = tuple[int, float, float]  # item, product with the question, seconds


def find_nearest(space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item]) -> list[Moment]:
    """The best moment of each item, best first.

    First what is near of all, then what of it fits; where a filter leaves too little, it goes into the search.
    """
    near = _search(space, vector, limit * LOOK_AROUND)
    allowed = set(items.order_by().filter(any_of("pk", {row[0] for row in near})).values_list("pk", flat=True))
    found = _keep_best([row for row in near if row[0] in allowed])
    if len(found) < limit and len(near) == limit * LOOK_AROUND:
        found = _keep_best(_search(space, vector, limit * LOOK_AROUND, items))
    return found[:limit]


def _search(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item] | None = None
) -> list[Moment]:
    length = float(np.linalg.norm(vector))
    rows = read_nearest(space, MomentVector, ("item_id", "start_seconds"), vector, limit, items)
    return [(item_id, (1.0 - gap) * length, seconds) for gap, item_id, seconds in rows]


def _keep_best(rows: list[Moment]) -> list[Moment]:
    best: dict[int, Moment] = {}
    for row in rows:
        best.setdefault(row[0], row)
    return list(best.values())
