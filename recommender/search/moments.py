"""Pictures of moments: the several vectors of a clip, nearest first. Knows no encoder."""

from __future__ import annotations

import numpy as np
from django.db import transaction
from django.db.models import FloatField, QuerySet
from django.db.models.expressions import RawSQL
from numpy.typing import NDArray
from pgvector import HalfVector

from mediarec.library.models import Item
from recommender.arrays import among
from recommender.models import EmbeddingSpace, MomentVector
from recommender.spaces import relax_index_scan

LOOK_AROUND = 4  # a clip has several moments, and the best of each item is wanted

Moment = tuple[int, float, float]  # item, product with the question, seconds


def find_nearest(space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item]) -> list[Moment]:
    """The best moment of each item, best first.

    First what is near of all, then what of it fits; where a filter leaves too little, it goes into the search.
    """
    near = _search(space, vector, limit * LOOK_AROUND)
    allowed = set(items.order_by().filter(among("pk", {row[0] for row in near})).values_list("pk", flat=True))
    found = _keep_best([row for row in near if row[0] in allowed])
    if len(found) < limit and len(near) == limit * LOOK_AROUND:
        found = _keep_best(_search(space, vector, limit * LOOK_AROUND, items))
    return found[:limit]


def _search(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, items: QuerySet[Item] | None = None
) -> list[Moment]:
    moments = MomentVector.objects.filter(space_id=space.pk)
    if items is not None:
        moments = moments.filter(item_id__in=items.order_by().values("pk"))
    kind = f"halfvec({int(space.dims)})"  # the index holds the same expression
    distance = RawSQL(  # noqa: S611 - no text of a person's gets into it
        f'("recommender_momentvector"."vector"::{kind}) <=> %s::{kind}',
        [HalfVector(vector).to_text()],
        output_field=FloatField(),
    )
    length = float(np.linalg.norm(vector))
    rows = moments.annotate(distance=distance).order_by("distance")
    with transaction.atomic():
        relax_index_scan(limit)
        found = list(rows.values_list("item_id", "distance", "start_seconds")[:limit])
    return [(item_id, (1.0 - gap) * length, seconds) for item_id, gap, seconds in found]


def _keep_best(rows: list[Moment]) -> list[Moment]:
    best: dict[int, Moment] = {}
    for row in sorted(rows, key=lambda row: -row[1]):  # relaxed order: nearly, but not strictly, sorted
        best.setdefault(row[0], row)
    return list(best.values())
