"""Spelling correction of queries against the words of titles and names. Knows no vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from django.db.models import Count, Max
from rapidfuzz import process
from rapidfuzz.distance import OSA

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Contributor, Item
from recommender.caching import TTLCache

MOST_WORDS = 4  # longer queries are descriptions, whose words are not names
SHORTEST = 4  # letters; in shorter words one changed letter makes another word
LONG = 7  # letters from which an edit distance of 2 is allowed
REMEMBERED_SECONDS = 300.0

_vocabulary: TTLCache[str, Mapping[str, int]] = TTLCache(1, REMEMBERED_SECONDS)


def correct(text: str) -> str | None:
    """The query with each unknown word replaced by the nearest word of a title or name; None if nothing changes."""
    words = normalise_title(text).split()
    if not words or len(words) > MOST_WORDS:
        return None
    vocabulary = list_words()
    corrected = [word if _is_known(word, vocabulary) else nearest_word(word, vocabulary) for word in words]
    return " ".join(corrected) if corrected != words else None


def nearest_word(word: str, vocabulary: Mapping[str, int]) -> str:
    """The known word nearest by Damerau-Levenshtein distance (optimal string alignment); the word itself if none is.

    Ties go to the word with the same first letter, then to the most common one.
    """
    cutoff = 2 if len(word) >= LONG else 1
    near = process.extract(word, vocabulary.keys(), scorer=OSA.distance, score_cutoff=cutoff, limit=None)
    ordered = sorted(near, key=lambda match: (match[1], match[0][0] != word[0], -vocabulary[match[0]], match[0]))
    return ordered[0][0] if ordered else word


def _is_known(word: str, vocabulary: Mapping[str, int]) -> bool:
    return len(word) < SHORTEST or not word.isalpha() or word in vocabulary or Item.objects.filter(search=word).exists()


def list_words() -> Mapping[str, int]:
    """Every word of titles and names with its count; cached until items or people are added or removed."""
    items = Item.objects.aggregate(newest=Max("pk"), number=Count("pk"))
    marker = (items["newest"] or 0, items["number"], Contributor.objects.aggregate(newest=Max("pk"))["newest"] or 0)
    return _vocabulary.get("words", _read_words, version=marker)


def _read_words() -> Mapping[str, int]:
    titles = Item.objects.filter(is_excluded=False).values_list("title_key", flat=True)
    names = Contributor.objects.values_list("name_key", flat=True)
    words = chain.from_iterable(key.split() for key in chain(titles.iterator(), names.iterator()))
    return Counter(word for word in words if len(word) >= SHORTEST and word.isalpha())
