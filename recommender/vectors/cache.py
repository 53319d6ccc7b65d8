"""Item vectors of the serving spaces, kept in this process for a few minutes. Knows no person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.caching import TTLCache
from recommender.models import EmbeddingSpace
from recommender.types import Vector
from recommender.vectors import spaces
from recommender.vectors.spaces import Half

REMEMBERED_VECTORS = 40_000  # about 30 MB of 384 half floats
REMEMBERED_SECONDS = 300.0  # a re-embedded item is seen by then; until then its former vector is close enough

_vectors: TTLCache[tuple[int, int], Half] = TTLCache(REMEMBERED_VECTORS, REMEMBERED_SECONDS)


def load_cached_vectors(space: EmbeddingSpace | None, item_ids: Sequence[int]) -> dict[int, Vector]:
    """What `spaces.read_vectors` read not long ago, or reads now: by item, (dims,), unit length; those without one are
    absent."""
    if space is None:
        return {}

    def read(keys: list[tuple[int, int]]) -> dict[tuple[int, int], Half]:
        found = spaces.read_halves(space, [item_id for _, item_id in keys])
        return {(space.pk, item_id): half for item_id, half in found.items()}

    found = _vectors.get_many([(space.pk, item_id) for item_id in item_ids], read)
    if not found:
        return {}
    whole = np.stack(list(found.values())).astype(np.float32)  # at once: hundreds of small casts cost milliseconds
    return {item_id: vector for (_, item_id), vector in zip(found, whole, strict=True)}
