"""Nearest-neighbour search over frames: a video has several vectors, one per moment. Knows no encoder."""

from __future__ import annotations

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from mediarec.library.models import Item
from recommender.models import EmbeddingSpace, MomentVector
from recommender.vectors.spaces import nearest_rows
from recommender.vectors.sql import any_of

OVERSAMPLING = 4  # oversampling, since several frames can belong to one item

Moment = tuple[int, float, float]  # item ID, dot product with the query, seconds from the start


def find_nearest(space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item]) -> list[Moment]:
    """The best moment of each item, best first.

    Searches without the filter and filters the result; only if that leaves too few, the filter enters the search.
    """
    nearest = _search(space, vector, limit * OVERSAMPLING)
    allowed = set(items.order_by().filter(any_of("pk", {row[0] for row in nearest})).values_list("pk", flat=True))
    moments = _keep_best([row for row in nearest if row[0] in allowed])
    if len(moments) < limit and len(nearest) == limit * OVERSAMPLING:
        moments = _keep_best(_search(space, vector, limit * OVERSAMPLING, items))
    return moments[:limit]


def _search(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item] | None = None
) -> list[Moment]:
    length = float(np.linalg.norm(vector))
    rows = nearest_rows(space, MomentVector, ("item_id", "start_seconds"), vector, limit, items)
    return [(item_id, (1.0 - gap) * length, seconds) for gap, item_id, seconds in rows]


def _keep_best(rows: list[Moment]) -> list[Moment]:
    best: dict[int, Moment] = {}
    for row in rows:
        best.setdefault(row[0], row)
    return list(best.values())
