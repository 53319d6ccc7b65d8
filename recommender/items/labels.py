"""Label (genre and tag) frequencies in the catalogue, and a person's affinity to each label. Knows no vectors."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from django.db.models import Max

from mediarec.library.models import Item
from recommender.caching import TTLCache

CACHE_SECONDS = 600.0
PRIOR_ITEMS = 5.0  # pseudo-count: an affinity that five items support counts half
MAX_AFFINITY = 2.5
MAX_PHRASE_WORDS = 3  # longest phrase that is matched as one unit


@dataclass(frozen=True)
class LabelFrequencies:
    """`items` is the number of recommendable items, `by_label` the number of them that bear each label."""

    items: int
    by_label: Mapping[str, int]

    def share(self, label: str) -> float:
        """The share of items with this label, with add-one smoothing, so never 0."""
        return (self.by_label.get(label, 0) + 1) / (self.items + 2)

    @cached_property
    def by_phrase(self) -> Mapping[str, frozenset[str]]:
        """The labels that contain each phrase: "heavy" maps to "heavy" and "heavy blues"."""
        labels_by_phrase = defaultdict[str, set[str]](set)
        for label in self.by_label:
            for phrase in (label, *list_phrases(label)):
                labels_by_phrase[phrase].add(label)
        return {phrase: frozenset(labels) for phrase, labels in labels_by_phrase.items()}


_frequencies: TTLCache[str, LabelFrequencies] = TTLCache(1, CACHE_SECONDS)


def list_phrases(text: str) -> list[str]:
    """All contiguous phrases of one to MAX_PHRASE_WORDS words."""
    words = text.split()
    return [
        " ".join(words[start : start + length])
        for start in range(len(words))
        for length in range(1, min(MAX_PHRASE_WORDS, len(words) - start) + 1)
    ]


def item_labels(genres: Iterable[str], tags: Iterable[str]) -> tuple[str, ...]:
    """Distinct lower-case genres and tags, in the given order."""
    return tuple(dict.fromkeys(label.strip().lower() for label in (*genres, *tags) if label.strip()))


def count_labels() -> LabelFrequencies:
    """Cached frequencies; recomputed when items were added, and after ten minutes."""
    newest = Item.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return _frequencies.get("words", _query_frequencies, version=newest)


def _query_frequencies() -> LabelFrequencies:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(trim(word)), count(DISTINCT id) FROM library_item, unnest(genres || tags) AS word"
            " WHERE NOT is_excluded GROUP BY 1"
        )
        by_label = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM library_item WHERE NOT is_excluded")
        (total,) = cursor.fetchone()
    return LabelFrequencies(total, by_label)


def label_affinities(
    words_of: Mapping[int, tuple[str, ...]], weights: Mapping[int, float], counts: LabelFrequencies
) -> dict[str, float]:
    """Signed affinity per label: the log of its share among liked items over its share in the catalogue, minus the same
    for disliked items.

    Shrunk towards zero while few items support it. `weights` are signed, by item.
    """
    liked, disliked = Counter[str](), Counter[str]()
    for item_id, labels in words_of.items():
        weight = weights.get(item_id, 0.0)
        for label in labels:
            (liked if weight > 0 else disliked)[label] += abs(weight)  # type: ignore[assignment]
    total_liked = sum(w for pk, w in weights.items() if w > 0 and pk in words_of) or 1.0
    total_disliked = sum(-w for pk, w in weights.items() if w < 0 and pk in words_of) or 1.0
    return {
        label: _affinity(liked[label], total_liked, counts.share(label))
        - _affinity(disliked[label], total_disliked, counts.share(label))
        for label in liked.keys() | disliked.keys()
    }


def _affinity(weight: float, total: float, share: float) -> float:
    if weight <= 0:
        return 0.0
    lift = math.log((weight / total) / share)
    return max(0.0, min(MAX_AFFINITY, lift)) * weight / (weight + PRIOR_ITEMS)
