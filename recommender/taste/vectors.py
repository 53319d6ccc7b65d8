"""Item vectors of the serving spaces, read fast and remembered in this process. Knows no person."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from django.db import connection

from recommender.models import EmbeddingSpace

REMEMBERED_VECTORS = 40_000  # about 30 MB of 384 half floats
REMEMBERED_SECONDS = 300.0  # a re-embedded item is seen by then; until then its former vector is close enough

Vector = np.ndarray[tuple[int], np.dtype[np.float32]]

_remembered: OrderedDict[tuple[int, int], tuple[float, np.ndarray[tuple[int], np.dtype[np.float16]]]] = OrderedDict()


def find_space(modality: str) -> EmbeddingSpace | None:
    """The space that answers for a modality, read each time: another process may have switched it."""
    return EmbeddingSpace.objects.filter(modality=modality, is_serving=True).first()


def load_vectors(space: EmbeddingSpace | None, item_ids: Sequence[int]) -> dict[int, Vector]:
    """Vectors by item, (dims,), unit length; items without one are absent."""
    if space is None:
        return {}
    now = time.monotonic()
    known = {i: kept[1] for i in item_ids if (kept := _remembered.get((space.pk, i))) and kept[0] > now}
    missing = [item_id for item_id in item_ids if item_id not in known]
    if missing:
        fresh = _read_vectors(space.pk, missing)
        known |= fresh
        _remember(space.pk, fresh, now + REMEMBERED_SECONDS)
    return {item_id: vector.astype(np.float32) for item_id, vector in known.items()}


def forget_vectors() -> None:
    _remembered.clear()


def _read_vectors(space_id: int, item_ids: Sequence[int]) -> dict[int, np.ndarray[tuple[int], np.dtype[np.float16]]]:
    """pgvector's own wire format (a four-byte header, then big-endian half floats): no text is parsed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_id, halfvec_send(vector) FROM recommender_embedding WHERE space_id = %s AND item_id = ANY(%s)",
            [space_id, list(item_ids)],
        )
        return {
            item_id: np.frombuffer(bytes(raw), dtype=">f2", offset=4).astype(np.float16)
            for item_id, raw in cursor.fetchall()
        }


def _remember(space_id: int, vectors: dict[int, np.ndarray[tuple[int], np.dtype[np.float16]]], until: float) -> None:
    for item_id, vector in vectors.items():
        _remembered[(space_id, item_id)] = (until, vector)
    while len(_remembered) > REMEMBERED_VECTORS:
        _remembered.popitem(last=False)
