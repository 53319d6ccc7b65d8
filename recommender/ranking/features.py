"""Numbers that speak for or against each candidate, as one array per feature. Knows no tables and no weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.ranking.preference_directions import PreferenceDirection
from recommender.ranking.standardisation import Column
from recommender.retrieval.pool import PoolItem
from recommender.taste.profile import Profile, VectorSet
from recommender.types import Candidate, Vector

NEAREST_LIKED = 3  # a candidate is judged by the few liked items it is closest to, not by their average
COMPARED_LIKED = 150  # the newest of the profile: the product is the slowest step of ranking
NEAREST_DISLIKED = 0.55  # cosine from which an item suffers for a disliked neighbour


@dataclass(frozen=True)
class FeatureInputs:
    """What the candidates are measured by: vectors by item, and where the person, the query and the seeds stand."""

    text: Mapping[int, Vector] = field(default_factory=dict)
    taste: Mapping[int, Vector] = field(default_factory=dict)
    person_vector: Vector | None = None
    query_vector: Vector | None = None
    seed_vectors: tuple[Vector, ...] = ()
    contributors: Mapping[int, float] = field(default_factory=dict)
    named: Mapping[str, float] = field(default_factory=dict)  # genres and tags asked for, by how much they say
    more_like: frozenset[str] = (
        frozenset()
    )  # genres and tags to rank higher, and lower, whatever else speaks for an item
    less_like: frozenset[str] = frozenset()
    directions: tuple[PreferenceDirection, ...] = ()  # the person's own sentences, rules and answers to reasons
    moods: tuple[PreferenceDirection, ...] = ()  # where the moods of the moment point to


def measure_features(
    candidates: Sequence[Candidate], items: Mapping[int, PoolItem], profile: Profile, seen: FeatureInputs
) -> dict[str, Column]:
    """One column per feature, NaN where a candidate lacks what it is measured by."""
    text = _stack(seen.text, candidates)
    columns = {
        "taste": _cosines(_stack(seen.taste, candidates), seen.person_vector),
        "content": nearest_mean(text, profile.liked),
        "disliked": _closeness_to_disliked(text, profile.disliked),
        "affinity": _column(label_affinity_score(items[c.item_id], profile.affinities) for c in candidates),
        "credits": _column(weigh_credits(c, items[c.item_id], seen.contributors) for c in candidates),
        "popularity": _column(items[c.item_id].popularity for c in candidates),
        "household": _column(c.sources.get("household", 0.0) for c in candidates),
        "fresh": _column(c.sources.get("fresh", 0.0) for c in candidates),
        "query": _cosines(text, seen.query_vector),
        "words": _column(c.sources.get("words", 0.0) for c in candidates),
        "named": _column(sum(seen.named.get(word, 0.0) for word in items[c.item_id].labels) for c in candidates),
        "seed": _mean_cosine(text, seen.seed_vectors),
        "seed_credits": _column(c.sources.get("seed_credits", 0.0) for c in candidates),
        "stated": _sum_directions(
            [pull.measure(candidates, items, seen.text) for pull in seen.directions], len(candidates)
        ),
        "mood": _sum_directions([pull.measure(candidates, items, seen.text) for pull in seen.moods], len(candidates)),
        "more": _column(float(not seen.more_like.isdisjoint(items[c.item_id].labels)) for c in candidates),
        "less": _column(float(not seen.less_like.isdisjoint(items[c.item_id].labels)) for c in candidates),
    }
    return columns


def label_affinity_score(item: PoolItem, affinities: Mapping[str, float]) -> float:
    """Leanings of the words it carries; by the root of their number, so that long tag lists do not win by length."""
    own = [affinities[word] for word in item.labels if word in affinities]
    return sum(own) / float(np.sqrt(max(1, len(item.labels))))


def _sum_directions(columns: Sequence[Column], count: int) -> Column:
    """Each in standard deviations already, so that a sentence that counts double counts double."""
    return np.sum(columns, axis=0).astype(np.float32) if columns else np.zeros(count, dtype=np.float32)


def weigh_credits(candidate: Candidate, item: PoolItem, contributors: Mapping[int, float]) -> float:
    own = max((contributors.get(lead, 0.0) for lead in item.main_creators), default=0.0)
    return float(np.log1p(max(0.0, own, candidate.sources.get("credits", 0.0))))


def _stack(
    vectors: Mapping[int, Vector], candidates: Sequence[Candidate]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """(n, dims); a row of NaN for a candidate without a vector."""
    dims = len(next(iter(vectors.values()))) if vectors else 1
    missing = np.full(dims, np.nan, dtype=np.float32)
    return (
        np.stack([vectors.get(c.item_id, missing) for c in candidates])
        if candidates
        else np.zeros((0, dims), np.float32)
    )


def _cosines(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]], vector: Vector | None) -> Column:
    if vector is None or matrix.shape[1] != len(vector):
        return np.full(len(matrix), np.nan, dtype=np.float32)
    return (matrix @ vector).astype(np.float32)


def _mean_cosine(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]], vectors: Sequence[Vector]) -> Column:
    columns = [_cosines(matrix, vector) for vector in vectors]
    return np.mean(columns, axis=0).astype(np.float32) if columns else np.full(len(matrix), np.nan, dtype=np.float32)


def nearest_mean(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]], liked: VectorSet) -> Column:
    if not liked.item_ids or matrix.shape[1] != liked.matrix.shape[1]:
        return np.full(len(matrix), np.nan, dtype=np.float32)
    return mean_of_nearest(matrix @ liked.matrix[:COMPARED_LIKED].T, liked.weights[:COMPARED_LIKED])


def mean_of_nearest(cosines: np.ndarray[tuple[int, int], np.dtype[np.float32]], weights: Vector) -> Column:
    """(n, liked) cosines and the weight of each liked item -> (n,) mean of the few nearest; NaN where none is."""
    if not weights.size:
        return np.full(len(cosines), np.nan, dtype=np.float32)
    strength = 0.7 + 0.3 * weights / max(float(weights.max()), 1e-6)
    best = min(NEAREST_LIKED, cosines.shape[1])
    top = -np.partition(-cosines * strength, best - 1, axis=1)[:, :best]
    return np.asarray(top.mean(axis=1), dtype=np.float32)


def _closeness_to_disliked(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]], disliked: VectorSet) -> Column:
    """0 for most items, up to 1 for one that equals something rejected."""
    if not disliked.item_ids or matrix.shape[1] != disliked.matrix.shape[1]:
        return np.zeros(len(matrix), dtype=np.float32)
    nearest = np.nan_to_num(matrix @ disliked.matrix.T).max(axis=1)
    share = (nearest - NEAREST_DISLIKED) / (1 - NEAREST_DISLIKED)
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)


def _column(values: object) -> Column:
    return np.fromiter(values, dtype=np.float32)  # type: ignore[call-overload,no-any-return]
