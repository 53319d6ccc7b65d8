"""Concept axes: where an item lies between two poles, such as dark and light, among its kind. Knows no person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mediarec.library.models import Item
from recommender.caching import TTLCache
from recommender.models import EmbeddingSpace, Modality
from recommender.ranking.standardisation import Scale, measure_scale
from recommender.types import Vector
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

SAMPLE = 400  # most popular items of a kind, for the mean and deviation of an axis
LEAST_SAMPLE = 20
REMEMBERED_SECONDS = 600.0
CACHED_SAMPLES = 32  # of 400 vectors each

_samples: TTLCache[tuple[int, str], NDArray[np.float32]] = TTLCache(CACHED_SAMPLES, REMEMBERED_SECONDS)


def z_score_on_axis(item: Item, direction: Vector | None) -> float | None:
    """The item's z-score along a (D,) direction among its kind; None if it or too few others have a vector."""
    space = serving_space(Modality.TEXT)
    if space is None or direction is None:
        return None
    vector = load_cached_vectors(space, [item.pk]).get(item.pk)
    sample = _samples.get((space.pk, item.kind), lambda: _read_sample(space, item.kind))
    if vector is None or len(sample) < LEAST_SAMPLE or sample.shape[1] != len(direction):
        return None
    scale: Scale = measure_scale(np.asarray(sample @ direction, dtype=np.float32))
    return scale.z_score(float(vector @ direction))


def _read_sample(space: EmbeddingSpace, kind: str) -> NDArray[np.float32]:
    """(N, D) float32 vectors of the most popular items of a kind."""
    ids = list(Item.objects.filter(kind=kind).order_by("-popularity", "pk").values_list("pk", flat=True)[:SAMPLE])
    vectors = load_cached_vectors(space, ids)
    return np.stack(list(vectors.values())) if vectors else np.zeros((0, space.dims), dtype=np.float32)
