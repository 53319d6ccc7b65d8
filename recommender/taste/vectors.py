"""Item vectors of the serving spaces, read fast and remembered in this process. Knows no person."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from recommender import spaces
from recommender.models import EmbeddingSpace

REMEMBERED_VECTORS = 40_000  # about 30 MB of 384 half floats
REMEMBERED_SECONDS = 300.0  # a re-embedded item is seen by then; until then its former vector is close enough

Vector = np.ndarray[tuple[int], np.dtype[np.float32]]

find_space = spaces.serving_space
_remembered: OrderedDict[tuple[int, int], tuple[float, np.ndarray[tuple[int], np.dtype[np.float16]]]] = OrderedDict()


def load_vectors(space: EmbeddingSpace | None, item_ids: Sequence[int]) -> dict[int, Vector]:
    """Vectors by item, (dims,), unit length; items without one are absent."""
    if space is None:
        return {}
    now = time.monotonic()
    known = {
        i: kept[1].astype(np.float32) for i in item_ids if (kept := _remembered.get((space.pk, i))) and kept[0] > now
    }
    missing = [item_id for item_id in item_ids if item_id not in known]
    if missing:
        fresh = spaces.read_vectors(space, missing)
        known |= fresh
        _remember(space.pk, fresh, now + REMEMBERED_SECONDS)
    return known


def forget_vectors() -> None:
    _remembered.clear()


def _remember(space_id: int, vectors: dict[int, Vector], until: float) -> None:
    for item_id, vector in vectors.items():
        _remembered[(space_id, item_id)] = (until, vector.astype(np.float16))
    while len(_remembered) > REMEMBERED_VECTORS:
        _remembered.popitem(last=False)
