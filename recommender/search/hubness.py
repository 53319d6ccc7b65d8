"""Hubness correction: an item's mean similarity to generic queries is subtracted from its score.

Hubs are items that are near to queries of every kind (Radovanović et al., JMLR 2010). An item's mean cosine over many
queries is its product with their mean vector, so it is enough to move the query: v.q - b * mean(v.g) =
v.(q - b * mean(g)). The vector index therefore answers the corrected query directly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from django.core.cache import cache
from django.db.models import QuerySet
from numpy.typing import NDArray

from mediarec.library.models import Item
from recommender.models import EmbeddingSpace
from recommender.vectors import spaces

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
# On the demo catalogue 0.6 lowers the skewness of the 10-occurrence over 250 queries by 30 percent without losing an
# answer; 1.0 loses some at rank 1 (`manage.py benchmark search`).
WEIGHT = 0.6
ADJECTIVES = (
    "good", "new", "old", "popular", "beautiful", "short", "long", "quiet", "loud", "funny", "sad", "famous", "strange",
    "simple", "great", "favourite", "interesting", "slow", "fast", "classic",
)  # fmt: skip
NOUNS = ("film", "series", "album", "song", "video", "story", "music", "documentary", "show", "thing to watch")
# Queries that no media library answers: their similarity to the nearest item is the noise floor.
OFF_TOPIC = (
    "zzqqxx", "asdf jkl qwer", "xkcdqv plorp", "how do I reset my router password", "quarterly tax return spreadsheet",
    "python list index out of range", "best pizza near me", "weather forecast for tomorrow", "flurbo grintz", "123456",
    "cheap car insurance quotes", "oxidative phosphorylation pathway", "lorem ipsum dolor sit amet",
    "cluster ingress configuration", "how to descale a kettle", "convert miles to kilometres", "vnmw ertu",
    "train timetable on public holidays", "cancel my gym membership", "washing machine error code E18", "plomf",
    "square root of 1764", "dentist appointment reminder", "remove coffee stain from carpet",
)  # fmt: skip
FLOOR_QUANTILE = 0.75
REMEMBERED_SECONDS = 60


@dataclass(frozen=True)
class HubnessStatistics:
    """Mean generic query vector (dims,) and noise floor of one space; None until measured."""

    mean: NDArray[np.float32] | None = None
    noise_floor: float | None = None


def load_statistics(space: EmbeddingSpace) -> HubnessStatistics:
    """Cached for a while: they change only with the library, and parsing the stored vector takes long."""
    statistics: HubnessStatistics | None = cache.get(_key(space))
    if statistics is None:
        row = EmbeddingSpace.objects.values_list("prior", "noise_floor").filter(pk=space.pk).first()
        mean = None if row is None or row[0] is None else np.asarray(row[0], dtype=np.float32)
        statistics = HubnessStatistics(mean, row[1] if row else None)
        if mean is not None:
            cache.set(_key(space), statistics, REMEMBERED_SECONDS)
    return statistics


def _key(space: EmbeddingSpace) -> str:
    return f"space-measures-{space.pk}"


def list_generic_queries() -> list[str]:
    return [f"a {adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS]


def store_hubness(space: EmbeddingSpace, encode: Encode) -> None:
    """Measures and stores both statistics once the space is filled, so that queries need no extra work."""
    mean = np.asarray(encode(list_generic_queries()).mean(axis=0), dtype=np.float32)
    results = _search_off_topic(space, encode, mean)
    top_scores = [nearest[0][1] for nearest in results if nearest]
    space.prior = mean.tolist()
    space.noise_floor = float(np.quantile(top_scores, FLOOR_QUANTILE)) if top_scores else None
    space.save(update_fields=["prior", "noise_floor"])
    cache.delete(_key(space))


def _search_off_topic(
    space: EmbeddingSpace, encode: Encode, mean: NDArray[np.float32]
) -> list[list[tuple[int, float]]]:
    return [nearest_corrected(space, vector - WEIGHT * mean, 1) for vector in encode(list(OFF_TOPIC))]


def correct_query(space: EmbeddingSpace, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The query minus the weighted mean generic query; unchanged until that was measured."""
    mean = load_statistics(space).mean
    return vector if mean is None else np.asarray(vector - WEIGHT * mean, dtype=np.float32)


def nearest_corrected(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, where: QuerySet[Item] | None = None
) -> list[tuple[int, float]]:
    """(item ID, dot product with the corrected query), best first: the cosine times the query's norm."""
    length = float(np.linalg.norm(vector))
    return [(item_id, cosine * length) for item_id, cosine in spaces.nearest_in_space(space, vector, limit, where)]
