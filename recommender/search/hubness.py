"""How general an answer an item is: near to everyday questions of every kind, it is near to yours by habit.

Subtracted from its score. An item's mean cosine over many questions is its product with their mean vector, so it is
enough to move the question: v.q - b * mean(v.g) = v.(q - b * mean(g)). The index answers that without a second look.
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
# On the demo catalogue 0.6 lowers the skew of how often an item is among the first ten of 250 questions by 30
# percent and loses no answer; at 1.0 first places get lost (`manage.py benchmark search`).
WEIGHT = 0.6
ADJECTIVES = (
    "good", "new", "old", "popular", "beautiful", "short", "long", "quiet", "loud", "funny", "sad", "famous", "strange",
    "simple", "great", "favourite", "interesting", "slow", "fast", "classic",
)  # fmt: skip
NOUNS = ("film", "series", "album", "song", "video", "story", "music", "documentary", "show", "thing to watch")
# Questions that no library of media answers: how near they come all the same is what chance looks like here.
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
    """Of one space; None until measured."""

    mean: NDArray[np.float32] | None = None
    noise_floor: float | None = None


def load_statistics(space: EmbeddingSpace) -> HubnessStatistics:
    """Remembered for a while: they change when the library has changed, and a vector takes long to read as text."""
    known: HubnessStatistics | None = cache.get(_key(space))
    if known is None:
        row = EmbeddingSpace.objects.values_list("prior", "noise_floor").filter(pk=space.pk).first()
        mean = None if row is None or row[0] is None else np.asarray(row[0], dtype=np.float32)
        known = HubnessStatistics(mean, row[1] if row else None)
        if mean is not None:
            cache.set(_key(space), known, REMEMBERED_SECONDS)
    return known


def _key(space: EmbeddingSpace) -> str:
    return f"space-measures-{space.pk}"


def list_generic_queries() -> list[str]:
    return [f"a {adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS]


def store_hubness(space: EmbeddingSpace, encode: Encode) -> None:
    """Measures both once the space is filled; afterwards a question costs nothing more for it."""
    mean = np.asarray(encode(list_generic_queries()).mean(axis=0), dtype=np.float32)
    tops = [
        answers[0][1] for answers in _ask_off_topic(space, encode, mean) if answers
    ]  # nearest item of each, after the subtraction
    space.prior = mean.tolist()
    space.noise_floor = float(np.quantile(tops, FLOOR_QUANTILE)) if tops else None
    space.save(update_fields=["prior", "noise_floor"])
    cache.delete(_key(space))


def _ask_off_topic(space: EmbeddingSpace, encode: Encode, mean: NDArray[np.float32]) -> list[list[tuple[int, float]]]:
    return [nearest_corrected(space, vector - WEIGHT * mean, 1) for vector in encode(list(OFF_TOPIC))]


def correct_query(space: EmbeddingSpace, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The question without what it shares with every question; as it is where that was not measured yet."""
    mean = load_statistics(space).mean
    return vector if mean is None else np.asarray(vector - WEIGHT * mean, dtype=np.float32)


def nearest_corrected(
    space: EmbeddingSpace, vector: NDArray[np.float32], limit: int, where: QuerySet[Item] | None = None
) -> list[tuple[int, float]]:
    """(item, product with the moved question): the cosine, scaled by the question's length."""
    length = float(np.linalg.norm(vector))
    return [(item_id, cosine * length) for item_id, cosine in spaces.nearest_in(space, vector, limit, where)]
