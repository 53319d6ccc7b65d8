"""The ranking features, one (N,) float32 array each. Knows no tables and no weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.ranking.preference_directions import PreferenceDirection
from recommender.ranking.standardisation import Column
from recommender.retrieval.pool import PoolItem
from recommender.taste.profile import Profile, VectorSet
from recommender.types import Candidate, Vector

NEAREST_LIKED = 3  # k of the k-nearest-neighbour mean over liked items
COMPARED_LIKED = 150  # only the newest liked items: this matrix product is the slowest step of ranking
NEAREST_DISLIKED = 0.55  # cosine to a disliked item above which a candidate is penalised


@dataclass(frozen=True)
class FeatureInputs:
    """What features are computed from: item vectors by ID, and the vectors of the person, the query and the seeds."""

    text: Mapping[int, Vector] = field(default_factory=dict)
    taste: Mapping[int, Vector] = field(default_factory=dict)
    person_vector: Vector | None = None
    query_vector: Vector | None = None
    seed_vectors: tuple[Vector, ...] = ()
    contributors: Mapping[int, float] = field(default_factory=dict)
    named: Mapping[str, float] = field(
        default_factory=dict
    )  # labels named in the request, with their information in nats
    more_like: frozenset[str] = frozenset()  # labels to rank higher
    less_like: frozenset[str] = frozenset()  # labels to rank lower
    directions: tuple[PreferenceDirection, ...] = ()  # from sentences, rules and critiques
    moods: tuple[PreferenceDirection, ...] = ()  # from the moods in the query


def measure_features(
    candidates: Sequence[Candidate], items: Mapping[int, PoolItem], profile: Profile, inputs: FeatureInputs
) -> dict[str, Column]:
    """(N,) float32 per feature, in the order of `candidates`; NaN where a candidate lacks the input."""
    text = _stack(inputs.text, candidates)
    columns = {
        "taste": _cosines(_stack(inputs.taste, candidates), inputs.person_vector),
        "content": nearest_mean(text, profile.liked),
        "disliked": _closeness_to_disliked(text, profile.disliked),
        "affinity": _column(label_affinity_score(items[c.item_id], profile.affinities) for c in candidates),
        "credits": _column(weigh_credits(c, items[c.item_id], inputs.contributors) for c in candidates),
        "popularity": _column(items[c.item_id].popularity for c in candidates),
        "household": _column(c.sources.get("household", 0.0) for c in candidates),
        "fresh": _column(c.sources.get("fresh", 0.0) for c in candidates),
        "query": _cosines(text, inputs.query_vector),
        "words": _column(c.sources.get("words", 0.0) for c in candidates),
        "named": _column(sum(inputs.named.get(label, 0.0) for label in items[c.item_id].labels) for c in candidates),
        "seed": _mean_cosine(text, inputs.seed_vectors),
        "seed_credits": _column(c.sources.get("seed_credits", 0.0) for c in candidates),
        "stated": _sum_directions(
            [direction.measure(candidates, items, inputs.text) for direction in inputs.directions], len(candidates)
        ),
        "mood": _sum_directions(
            [direction.measure(candidates, items, inputs.text) for direction in inputs.moods], len(candidates)
        ),
        "more": _column(float(not inputs.more_like.isdisjoint(items[c.item_id].labels)) for c in candidates),
        "less": _column(float(not inputs.less_like.isdisjoint(items[c.item_id].labels)) for c in candidates),
    }
    return columns


def label_affinity_score(item: PoolItem, affinities: Mapping[str, float]) -> float:
    """Sum of the affinities of the item's labels over the root of their number, so that long lists do not win."""
    known = [affinities[label] for label in item.labels if label in affinities]
    return sum(known) / float(np.sqrt(max(1, len(item.labels))))


def _sum_directions(columns: Sequence[Column], count: int) -> Column:
    """(N,) sum of columns that are in weighted standard deviations already; zeros without any."""
    return np.sum(columns, axis=0).astype(np.float32) if columns else np.zeros(count, dtype=np.float32)


def weigh_credits(candidate: Candidate, item: PoolItem, contributors: Mapping[int, float]) -> float:
    """log(1 + affinity) of the best followed main creator, or of the credit source's score if that is higher."""
    best = max((contributors.get(creator, 0.0) for creator in item.main_creators), default=0.0)
    return float(np.log1p(max(0.0, best, candidate.sources.get("credits", 0.0))))


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
    """(N, D) candidates -> (N,) weighted mean cosine of the nearest liked items; NaN without any."""
    if not liked.item_ids or matrix.shape[1] != liked.matrix.shape[1]:
        return np.full(len(matrix), np.nan, dtype=np.float32)
    return mean_of_nearest(matrix @ liked.matrix[:COMPARED_LIKED].T, liked.weights[:COMPARED_LIKED])


def mean_of_nearest(cosines: np.ndarray[tuple[int, int], np.dtype[np.float32]], weights: Vector) -> Column:
    """(N, L) cosines and (L,) weights of liked items -> (N,) mean over the nearest few; NaN when L is 0."""
    if not weights.size:
        return np.full(len(cosines), np.nan, dtype=np.float32)
    strength = 0.7 + 0.3 * weights / max(float(weights.max()), 1e-6)
    k = min(NEAREST_LIKED, cosines.shape[1])
    top = -np.partition(-cosines * strength, k - 1, axis=1)[:, :k]
    return np.asarray(top.mean(axis=1), dtype=np.float32)


def _closeness_to_disliked(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]], disliked: VectorSet) -> Column:
    """(N,): 0 for most candidates, rising to 1 for one identical to a rejected item."""
    if not disliked.item_ids or matrix.shape[1] != disliked.matrix.shape[1]:
        return np.zeros(len(matrix), dtype=np.float32)
    nearest = np.nan_to_num(matrix @ disliked.matrix.T).max(axis=1)
    share = (nearest - NEAREST_DISLIKED) / (1 - NEAREST_DISLIKED)
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)


def _column(values: object) -> Column:
    return np.fromiter(values, dtype=np.float32)  # type: ignore[call-overload,no-any-return]
