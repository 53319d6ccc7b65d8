"""How common each genre and tag is in the catalogue, and how far a person leans to it. Knows no vectors."""

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

REMEMBERED_SECONDS = 600.0
PRIOR_ITEMS = 5.0  # a lean is believed once about five items speak for it
MAX_AFFINITY = 2.5
MAX_PHRASE_WORDS = 3  # words that are read as one


@dataclass(frozen=True)
class LabelFrequencies:
    """`items` is how many recommendable items there are, `by_word` on how many of them each word stands."""

    items: int
    by_label: Mapping[str, int]

    def share(self, word: str) -> float:
        return (self.by_label.get(word, 0) + 1) / (self.items + 2)

    @cached_property
    def by_phrase(self) -> Mapping[str, frozenset[str]]:
        """What each word or few words stand in: "heavy" is "heavy" and in "heavy blues"."""
        holding = defaultdict[str, set[str]](set)
        for word in self.by_label:
            for saying in (word, *list_phrases(word)):
                holding[saying].add(word)
        return {saying: frozenset(words) for saying, words in holding.items()}


_counts: TTLCache[str, LabelFrequencies] = TTLCache(1, REMEMBERED_SECONDS)


def list_phrases(text: str) -> list[str]:
    """Each word and each few words that stand together."""
    words = text.split()
    return [
        " ".join(words[start : start + length])
        for start in range(len(words))
        for length in range(1, min(MAX_PHRASE_WORDS, len(words) - start) + 1)
    ]


def item_labels(genres: Iterable[str], tags: Iterable[str]) -> tuple[str, ...]:
    """Distinct lower-case genres and tags in the order given."""
    return tuple(dict.fromkeys(word.strip().lower() for word in (*genres, *tags) if word.strip()))


def count_labels() -> LabelFrequencies:
    """Counted again when items were added, or after ten minutes."""
    newest = Item.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return _counts.get("words", _read_counts, version=newest)


def _read_counts() -> LabelFrequencies:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(trim(word)), count(DISTINCT id) FROM library_item, unnest(genres || tags) AS word"
            " WHERE NOT is_excluded GROUP BY 1"
        )
        by_word = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM library_item WHERE NOT is_excluded")
        (total,) = cursor.fetchone()
    return LabelFrequencies(total, by_word)


def label_affinities(
    words_of: Mapping[int, tuple[str, ...]], weights: Mapping[int, float], counts: LabelFrequencies
) -> dict[str, float]:
    """Signed leaning per word: the log of its share in what was liked over its share in the catalogue.

    Shrunk towards nothing while few items speak for it; what was disliked subtracts in the same way.
    """
    liked, disliked = Counter[str](), Counter[str]()
    for item_id, words in words_of.items():
        weight = weights.get(item_id, 0.0)
        for word in words:
            (liked if weight > 0 else disliked)[word] += abs(weight)  # type: ignore[assignment]
    total_liked = sum(w for i, w in weights.items() if w > 0 and i in words_of) or 1.0
    total_disliked = sum(-w for i, w in weights.items() if w < 0 and i in words_of) or 1.0
    return {
        word: _affinity(liked[word], total_liked, counts.share(word))
        - _affinity(disliked[word], total_disliked, counts.share(word))
        for word in liked.keys() | disliked.keys()
    }


def _affinity(weight: float, total: float, share: float) -> float:
    if weight <= 0:
        return 0.0
    lift = math.log((weight / total) / share)
    return max(0.0, min(MAX_AFFINITY, lift)) * weight / (weight + PRIOR_ITEMS)
