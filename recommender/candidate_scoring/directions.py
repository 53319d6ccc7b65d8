"""Loads preference directions: the person's own sentences, rules, critiques, and the moods of the query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.language.comparisons import AGE, DIRECTIONS, LENGTH
from recommender.models import Modality, Reading
from recommender.ranking.moods import MOOD_OF, list_moods
from recommender.ranking.preference_directions import PreferenceDirection
from recommender.retrieval.content import read_query_vector
from recommender.taste.profile import Profile
from recommender.types import Filters, Vector
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

CONTRASTS = 1.4  # deviations of score per deviation along a comparison: the critique leads, taste breaks ties
LIKENESS = 1.2
SOUND_READER = "sound"
SOUND_WEIGHT = 0.6  # of one sound feature, where the text direction weighs 1: four of them together weigh more


def load_directions(profile: Profile, filters: Filters) -> tuple[PreferenceDirection, ...]:
    """Directions from sentences, from comparisons ("calmer", "older") and from items to be like or unlike."""
    return (
        *_directions_from_sentences(profile),
        *_directions_from_comparisons(filters.leans),
        *_directions_from_items(filters),
    )


def _directions_from_sentences(profile: Profile) -> list[PreferenceDirection]:
    embedded = ((text, weight, read_query_vector(text)) for text, weight in profile.sentences)
    return [
        PreferenceDirection(weight, vector, sentence=text) for text, weight, vector in embedded if vector is not None
    ]


def _directions_from_comparisons(leans: Sequence[str]) -> list[PreferenceDirection]:
    directions = []
    for lean in leans:
        for pair, fact in ((AGE, "year"), (LENGTH, "runtime_seconds")):
            if lean in pair:
                directions.append(PreferenceDirection(CONTRASTS if lean == pair[0] else -CONTRASTS, fact=fact))
        vector = find_direction(lean)
        if vector is not None:
            directions.append(PreferenceDirection(CONTRASTS, vector))
    return directions


def find_direction(lean: str) -> Vector | None:
    """(D,) unit vector from one end of a comparison to the other; None without a text encoder."""
    if lean not in DIRECTIONS:
        return None
    toward, away = (read_query_vector(words) for words in DIRECTIONS[lean])
    if toward is None or away is None:
        return None
    difference = toward - away
    return np.asarray(difference / max(float(np.linalg.norm(difference)), 1e-6), dtype=np.float32)


def _directions_from_items(filters: Filters) -> list[PreferenceDirection]:
    signs = dict.fromkeys(filters.like_ids, LIKENESS) | dict.fromkeys(filters.unlike_ids, -LIKENESS)
    vectors = load_cached_vectors(serving_space(Modality.TEXT), list(signs)) if signs else {}
    return [PreferenceDirection(signs[item_id], vector) for item_id, vector in vectors.items()]


def load_mood_directions(query: str, item_ids: Sequence[int]) -> tuple[PreferenceDirection, ...]:
    """Text directions of the moods in the query, and the sound features of files where these were extracted."""
    moods = [MOOD_OF[mood] for mood in list_moods(query) if mood in MOOD_OF]
    vectors = [find_direction(mood.lean) for mood in moods if mood.lean]
    directions = [PreferenceDirection(1.0, vector) for vector in vectors if vector is not None]
    return (*directions, *_directions_from_sound([mood.sound for mood in moods if mood.sound], item_ids))


def _directions_from_sound(sounds: Sequence[dict[str, float]], item_ids: Sequence[int]) -> list[PreferenceDirection]:
    if not sounds:
        return []
    measured = dict(Reading.objects.filter(reader=SOUND_READER, item_id__in=item_ids).values_list("item_id", "values"))
    return [
        PreferenceDirection(
            SOUND_WEIGHT * weight, numbers={pk: values[name] for pk, values in measured.items() if name in values}
        )
        for sound in sounds
        for name, weight in sound.items()
    ]
