"""Pictures of moments: the several vectors of a clip, nearest first. Knows no encoder."""

from __future__ import annotations

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray
from pgvector import HalfVector

from mediarec.library.models import Item
from recommender.models import EmbeddingSpace
from recommender.retrieval.filters import among

LOOK_AROUND = 4  # a clip has several moments, and the best of each item is wanted


def find_nearest(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item]
) -> list[tuple[int, float, float]]:
    """(item, product with the question, seconds of its best moment), best first."""
    kind = f"halfvec({int(space.dims)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT item_id, start_seconds, 1 - (vector::{kind} <=> %s::{kind}) FROM recommender_momentvector "  # noqa: S608
            f"WHERE space_id = %s ORDER BY vector::{kind} <=> %s::{kind} LIMIT %s",
            [HalfVector(vector).to_text(), space.pk, HalfVector(vector).to_text(), limit * LOOK_AROUND],
        )
        rows = cursor.fetchall()
    if not rows:
        return []
    allowed = set(items.order_by().filter(among("pk", {row[0] for row in rows})).values_list("pk", flat=True))
    length = float(np.linalg.norm(vector))
    best: dict[int, tuple[int, float, float]] = {}
    for item_id, seconds, cosine in rows:
        if item_id in allowed:
            best.setdefault(item_id, (item_id, cosine * length, seconds))
    return list(best.values())[:limit]
