"""A person's interests as clusters of item vectors, and calibrated lists over them. Knows arrays only: no tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.taste.time_decay import DECAY

Matrix = NDArray[np.float32]
Column = NDArray[np.float32]
Members = NDArray[np.int64]


@dataclass(frozen=True)
class InterestRules:
    """Parameters of clustering and of the shift of the person vector; tuned on MovieLens-1M."""

    min_items: int = 12  # smaller groups are not split
    min_members: int = 5
    min_share: float = 0.08  # of the decayed mass; smaller clusters are merged into the nearest
    cohesion: float = 0.9  # groups with a higher mean cosine to their centre are not split
    min_gain: float = 0.2  # share of a group's scatter that a split must explain
    pull: float = 0.6  # factor of an interest's direction when it is added to the person vector
    rounds: int = 12  # maximum iterations of 2-means and of the final k-means; both converge earlier


RULES = InterestRules()


@dataclass(frozen=True)
class Interest:
    """`centre` is (dims,), unit length; shares of all interests sum to 1; `members` are row indices of the input."""

    centre: Column
    share: float
    members: tuple[int, ...]


def find_interests(
    vectors: Matrix, weights: Column, ages: Column, *, most: int = 6, rules: InterestRules = RULES
) -> list[Interest]:
    """Rows (n, dims) of unit length, weights (n,) above 0, ages (n,) in days -> interests, the largest first.

    Bisecting spherical k-means (Steinbach, Karypis and Kumar 2000; Dhillon and Modha 2001), each split initialised at
    the first principal direction (Boley 1998), which makes it deterministic. The group with the most scatter is split
    as long as that explains `min_gain` of it; cohesive groups are kept. Several vectors per person and shares by
    recency follow PinnerSage (Pal et al., KDD 2020). [] for no rows.
    """
    if not len(vectors):
        return []
    mass = recency_weights(weights, ages)
    groups = _bisect(vectors, mass, most, rules)
    labels = _refine(vectors, mass, groups, rules)
    return _describe(vectors, mass, labels)


def recency_weights(weights: Column, ages: Column) -> Column:
    """(n,) weights decayed by age in days; an unknown age (NaN) does not decay."""
    return np.asarray(weights * DECAY.weights(ages), dtype=np.float32)


def shift_towards(person: Column, interests: Sequence[Interest], pull: float = RULES.pull) -> Matrix:
    """Person vector (dims,) -> (k, dims), unit length: one query vector per interest.

    Adds the interest's direction relative to the mean of all centres, not the centre itself: item vectors share a large
    common component, which would drown the person's. A single interest leaves the person vector unchanged.
    """
    centres = np.stack([interest.centre for interest in interests])
    shares = np.array([interest.share for interest in interests], dtype=np.float32)
    if len(interests) == 1:
        return np.asarray(person[None, :], dtype=np.float32)
    directions = np.asarray(centres - shares @ centres, dtype=np.float32)
    return _unit(person[None, :] + np.float32(pull) * directions)


def allocate_slots(shares: Sequence[float], places: int) -> list[int]:
    """Slots per interest by the largest remainder method; they sum to `places`, and earlier interests win ties."""
    exact = np.asarray(shares, dtype=np.float64) / max(float(np.sum(shares)), 1e-12) * places
    counts = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: places - int(counts.sum())]] += 1
    return [int(count) for count in counts]


def calibrate_list(plain: Column, leaning: Matrix, shares: Sequence[float], limit: int, mix: float) -> Members:
    """Scores (n,) of all items and (k, n) per interest -> up to `limit` row indices, in display order.

    Items that may not be shown score -inf. `mix` 0 is the plain list; above it, that share of the slots, from the end
    of the list, goes to the interests: each to the interest furthest below its share of the whole list (highest
    averages; calibrated recommendations, Steck, RecSys 2018), filled with the best item of that interest's ranking.
    """
    limit = min(limit, int(np.isfinite(plain).sum()))
    best = _top(plain, limit)
    plain_count = limit - round(mix * limit)
    if mix <= 0 or len(leaning) < 2 or plain_count >= limit:
        return best
    chosen = [int(row) for row in best[:plain_count]]
    rankings = [[int(row) for row in _top(scores, 2 * limit)] for scores in leaning]
    counts = np.zeros(len(leaning))
    for row in chosen:
        counts[int(np.argmax(leaning[:, row]))] += 1
    targets = np.asarray(shares, dtype=np.float64)
    while len(chosen) < limit:
        interest = int(np.argmax(targets / (counts + 0.5)))
        counts[interest] += 1
        chosen.append(next(row for row in rankings[interest] if row not in chosen))
    return np.array(chosen, dtype=np.int64)


def _top(scores: Column, count: int) -> Members:
    count = min(count, int(np.isfinite(scores).sum()))
    top_rows = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
    return np.asarray(top_rows[np.lexsort((top_rows, -scores[top_rows]))], dtype=np.int64)


def _bisect(vectors: Matrix, mass: Column, most: int, rules: InterestRules) -> list[Members]:
    open_groups = [np.arange(len(vectors), dtype=np.int64)]
    final_groups: list[Members] = []
    while open_groups and len(open_groups) + len(final_groups) < most:
        open_groups.sort(key=lambda rows: -_scatter(vectors[rows], mass[rows]))
        rows = open_groups.pop(0)
        halves = _halve(vectors, mass, rows, rules)
        if halves is None:
            final_groups.append(rows)
        else:
            open_groups.extend(halves)
    return final_groups + open_groups


def _halve(vectors: Matrix, mass: Column, rows: Members, rules: InterestRules) -> list[Members] | None:
    """Two halves, or None if the group is too small or cohesive, or if the split gains too little."""
    members, weight = vectors[rows], mass[rows]
    scatter = _scatter(members, weight)
    if len(rows) < rules.min_items or scatter <= (1 - rules.cohesion) * float(weight.sum()):
        return None
    is_first = _split_in_two(members, weight, rules.rounds)
    halves = [rows[is_first], rows[~is_first]]
    min_mass = rules.min_share * float(mass.sum())
    if any(len(half) < rules.min_members or float(mass[half].sum()) < min_mass for half in halves):
        return None
    remaining = sum(_scatter(vectors[half], mass[half]) for half in halves)
    return halves if remaining <= (1 - rules.min_gain) * scatter else None


def _split_in_two(members: Matrix, weight: Column, rounds: int) -> NDArray[np.bool_]:
    """Spherical 2-means (n, dims) -> (n,) mask, initialised by the sign along the first principal direction."""
    centred = members - (weight @ members) / weight.sum()
    covariance = (centred * weight[:, None]).T @ centred
    direction = np.linalg.eigh(covariance)[1][:, -1]
    is_first = np.asarray(centred @ direction > 0, dtype=np.bool_)
    for _ in range(rounds):
        if not is_first.any() or is_first.all():
            break
        first, second = (_centre(members[part], weight[part]) for part in (is_first, ~is_first))
        updated = np.asarray(members @ (first - second) > 0, dtype=np.bool_)
        if np.array_equal(updated, is_first):
            break
        is_first = updated
    return is_first


def _refine(vectors: Matrix, mass: Column, groups: list[Members], rules: InterestRules) -> Members:
    """(n,) cluster labels by spherical k-means from the groups' centres; small clusters are merged afterwards."""
    centres = np.stack([_centre(vectors[rows], mass[rows]) for rows in groups])
    labels = np.argmax(vectors @ centres.T, axis=1)
    for _ in range(rules.rounds if len(groups) > 1 else 0):
        centres = np.stack([_centre(vectors[labels == k], mass[labels == k]) for k in np.unique(labels)])
        updated = np.argmax(vectors @ centres.T, axis=1)
        if np.array_equal(updated, labels):
            break
        labels = updated
    return _merge_small(vectors, mass, np.asarray(labels, dtype=np.int64), rules)


def _merge_small(vectors: Matrix, mass: Column, labels: Members, rules: InterestRules) -> Members:
    while len(kinds := np.unique(labels)) > 1:
        sums = np.array([mass[labels == k].sum() for k in kinds])
        sizes = np.array([(labels == k).sum() for k in kinds])
        is_small = (sums < rules.min_share * mass.sum()) | (sizes < rules.min_members)
        if not is_small.any():
            break
        smallest = kinds[np.argmin(np.where(is_small, sums, np.inf))]
        others = kinds[kinds != smallest]
        centres = np.stack([_centre(vectors[labels == k], mass[labels == k]) for k in others])
        moved = labels == smallest
        labels = labels.copy()
        labels[moved] = others[np.argmax(vectors[moved] @ centres.T, axis=1)]
    return labels


def _describe(vectors: Matrix, mass: Column, labels: Members) -> list[Interest]:
    total = float(mass.sum())
    interests = [
        Interest(
            _centre(vectors[labels == k], mass[labels == k]),
            float(mass[labels == k].sum()) / total,
            tuple(np.flatnonzero(labels == k).tolist()),
        )
        for k in np.unique(labels)
    ]
    return sorted(interests, key=lambda interest: (-interest.share, interest.members))


def _scatter(members: Matrix, weight: Column) -> float:
    """Total weight times (1 - mean cosine to the centre), for (n, dims) and (n,)."""
    return float(weight.sum()) - float(np.linalg.norm(weight @ members))


def _centre(members: Matrix, weight: Column) -> Column:
    return np.asarray(_unit((weight @ members)[None, :])[0], dtype=np.float32)


def _unit(rows: Matrix) -> Matrix:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)
