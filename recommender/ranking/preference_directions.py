"""What a person said that scores lean to: their own sentences, rules, answers to reasons. Knows no history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.language.comparisons import AGE, ENDS, LENGTH
from recommender.models import Modality
from recommender.ranking.standardisation import Column, standardise
from recommender.retrieval.content import read_query_vector
from recommender.retrieval.pool import PoolItem
from recommender.taste.profile import Profile
from recommender.types import Candidate, Filters
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import Vector, serving_space

CONTRASTS = (
    1.4  # standard deviations per deviation along a comparison: what was pressed leads, and taste decides the rest
)
LIKENESS = 1.2


@dataclass(frozen=True)
class PreferenceDirection:
    """`weight` has the sign. Candidates are measured along `vector`, by what `numbers` holds of them, or else by the
    column named `fact` of their row.

    `sentence` is the person's own sentence that it comes from, empty for a rule.
    """

    weight: float
    vector: Vector | None = None
    fact: str = ""
    numbers: Mapping[int, float] | None = None
    sentence: str = ""

    def measure(
        self, candidates: Sequence[Candidate], items: Mapping[int, PoolItem], text: Mapping[int, Vector]
    ) -> Column:
        """(n,) in standard deviations times the weight; 0 for what cannot be measured."""
        return np.asarray(self.weight * standardise(self._read(candidates, items, text)), dtype=np.float32)

    def _read(
        self, candidates: Sequence[Candidate], items: Mapping[int, PoolItem], text: Mapping[int, Vector]
    ) -> Column:
        if self.numbers is not None:
            return np.array([self.numbers.get(c.item_id, np.nan) for c in candidates], dtype=np.float32)
        if self.vector is None:
            known = (getattr(items[c.item_id], self.fact) for c in candidates)
            return np.array([np.nan if fact is None else fact for fact in known], dtype=np.float32)
        own = (text.get(c.item_id) for c in candidates)
        return np.array([np.nan if v is None else float(v @ self.vector) for v in own], dtype=np.float32)


def load_directions(profile: Profile, filters: Filters) -> tuple[PreferenceDirection, ...]:
    return (
        *_directions_from_sentences(profile),
        *_directions_from_comparisons(filters.leans),
        *_direction_from_items(filters),
    )


def _directions_from_sentences(profile: Profile) -> list[PreferenceDirection]:
    found = ((text, weight, read_query_vector(text)) for text, weight in profile.sentences)
    return [PreferenceDirection(weight, vector, sentence=text) for text, weight, vector in found if vector is not None]


def _directions_from_comparisons(leans: Sequence[str]) -> list[PreferenceDirection]:
    pulls = []
    for lean in leans:
        for pair, fact in ((AGE, "year"), (LENGTH, "runtime_seconds")):
            if lean in pair:
                pulls.append(PreferenceDirection(CONTRASTS if lean == pair[0] else -CONTRASTS, fact=fact))
        direction = find_direction(lean)
        if direction is not None:
            pulls.append(PreferenceDirection(CONTRASTS, direction))
    return pulls


def find_direction(lean: str) -> Vector | None:
    """From one end of a comparison to the other in the text space, unit length; None where nothing can compare."""
    if lean not in ENDS:
        return None
    toward, away = (read_query_vector(words) for words in ENDS[lean])
    if toward is None or away is None:
        return None
    step = toward - away
    return np.asarray(step / max(float(np.linalg.norm(step)), 1e-6), dtype=np.float32)


def _direction_from_items(filters: Filters) -> list[PreferenceDirection]:
    signs = dict.fromkeys(filters.like_ids, LIKENESS) | dict.fromkeys(filters.unlike_ids, -LIKENESS)
    vectors = load_cached_vectors(serving_space(Modality.TEXT), list(signs)) if signs else {}
    return [PreferenceDirection(signs[item_id], vector) for item_id, vector in vectors.items()]
