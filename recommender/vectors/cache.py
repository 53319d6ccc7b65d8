"""Item vectors of the serving spaces, cached in this process for a few minutes. Knows no person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.caching import TTLCache
from recommender.models import EmbeddingSpace
from recommender.types import Vector
from recommender.vectors import spaces
from recommender.vectors.spaces import Half

MAX_CACHED_VECTORS = 40_000  # about 30 MB of 384 half floats
CACHE_SECONDS = 300.0  # how stale a re-embedded item's vector may be; the former one is close enough

_vectors: TTLCache[tuple[int, int], Half] = TTLCache(MAX_CACHED_VECTORS, CACHE_SECONDS)


def load_cached_vectors(space: EmbeddingSpace | None, item_ids: Sequence[int]) -> dict[int, Vector]:
    """Cached counterpart of `spaces.read_vectors`: vectors by item, (D,) float32, unit length; items
    without one are absent.
    """
    if space is None:
        return {}

    def read_missing(keys: list[tuple[int, int]]) -> dict[tuple[int, int], Half]:
        halves = spaces.read_half_vectors(space, [item_id for _, item_id in keys])
        return {(space.pk, item_id): half for item_id, half in halves.items()}

    halves = _vectors.get_many([(space.pk, item_id) for item_id in item_ids], read_missing)
    if not halves:
        return {}
    vectors = np.stack(list(halves.values())).astype(np.float32)  # at once: hundreds of small casts cost milliseconds
    return {item_id: vector for (_, item_id), vector in zip(halves, vectors, strict=True)}
