"""The several tastes of one person, as centres in a space of item vectors. Knows arrays alone: no tables, no people."""

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
    """When a taste is several, and how far each of them turns the model's expectation; tuned on MovieLens-1M."""

    min_items: int = 12  # with less there is nothing to divide
    min_members: int = 5
    min_share: float = 0.08  # of the decayed mass; smaller ones join the nearest
    cohesion: float = 0.9  # mean cosine to the centre from which a group is one thing, however many it holds
    min_gain: float = 0.2  # of the scatter of a group: what halving it must explain
    pull: float = 0.6  # of an interest's own direction, against the person's vector
    rounds: int = 12  # of two-means and of the last assignment; both settle well before


RULES = InterestRules()


@dataclass(frozen=True)
class Interest:
    """`centre` is (dims,), unit length; `share` of all interests sums to 1; `members` are rows of what was given."""

    centre: Column
    share: float
    members: tuple[int, ...]


def find_interests(
    vectors: Matrix, weights: Column, ages: Column, *, most: int = 6, rules: InterestRules = RULES
) -> list[Interest]:
    """Rows (n, dims) of unit length, weights (n,) above 0, ages (n,) in days -> interests, the largest first.

    Bisecting spherical k-means (Steinbach, Karypis and Kumar 2000; Dhillon and Modha 2001), each halving started at the
    first principal direction (Boley 1998), so that nothing is drawn by chance. The group with most scatter is halved
    as long as that explains `min_gain` of it; a group whose members lie close to their centre is left whole. Several
    vectors for one person and shares by recency follow PinnerSage (Pal et al. 2020). [] for no rows.
    """
    if not len(vectors):
        return []
    mass = recency_weights(weights, ages)
    groups = _divide(vectors, mass, most, rules)
    labels = _refine(vectors, mass, groups, rules)
    return _describe(vectors, mass, labels)


def recency_weights(weights: Column, ages: Column) -> Column:
    """(n,) each weight with the decay of its age in days; an unknown age does not decay."""
    return np.asarray(weights * DECAY.weights(ages), dtype=np.float32)


def shift_towards(person: Column, interests: Sequence[Interest], pull: float = RULES.pull) -> Matrix:
    """(dims,) -> (k, dims), unit length: where the model expects the person to go, within each interest.

    What is added is the interest's direction away from the middle of all of them, not its bare centre: item vectors
    share a large common part, which would only wash the person out. A single interest leaves the person as it is.
    """
    centres = np.stack([interest.centre for interest in interests])
    shares = np.array([interest.share for interest in interests], dtype=np.float32)
    if len(interests) == 1:
        return np.asarray(person[None, :], dtype=np.float32)
    directions = np.asarray(centres - shares @ centres, dtype=np.float32)
    return _unit(person[None, :] + np.float32(pull) * directions)


def allocate_slots(shares: Sequence[float], places: int) -> list[int]:
    """Whole places by largest remainder; earlier interests win ties, and the places are always all given."""
    exact = np.asarray(shares, dtype=np.float64) / max(float(np.sum(shares)), 1e-12) * places
    given = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - given), kind="stable")
    given[order[: places - int(given.sum())]] += 1
    return [int(count) for count in given]


def calibrate_list(plain: Column, leaning: Matrix, shares: Sequence[float], limit: int, mix: float) -> Members:
    """Scores (n,) of all items and (k, n) of each interest -> rows of the `limit` chosen, in the order to show.

    An item that may not be shown scores -inf. `mix` 0 is the plain list exactly; above it, that share of the places,
    counted from the end, goes to the interests: always to the one furthest behind its share of the whole list
    (highest averages, as in calibrated lists, Steck 2018), which gives the best item of its own ranking.
    """
    limit = min(limit, int(np.isfinite(plain).sum()))
    best = _top(plain, limit)
    kept = limit - round(mix * limit)
    if mix <= 0 or len(leaning) < 2 or kept >= limit:
        return best
    chosen = [int(row) for row in best[:kept]]
    rankings = [[int(row) for row in _top(scores, 2 * limit)] for scores in leaning]
    counts = np.zeros(len(leaning))
    for row in chosen:
        counts[int(np.argmax(leaning[:, row]))] += 1
    goal = np.asarray(shares, dtype=np.float64)
    while len(chosen) < limit:
        turn = int(np.argmax(goal / (counts + 0.5)))
        counts[turn] += 1
        chosen.append(next(row for row in rankings[turn] if row not in chosen))
    return np.array(chosen, dtype=np.int64)


def _top(scores: Column, count: int) -> Members:
    count = min(count, int(np.isfinite(scores).sum()))
    near = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
    return np.asarray(near[np.lexsort((near, -scores[near]))], dtype=np.int64)


def _divide(vectors: Matrix, mass: Column, most: int, rules: InterestRules) -> list[Members]:
    waiting = [np.arange(len(vectors), dtype=np.int64)]
    whole: list[Members] = []
    while waiting and len(waiting) + len(whole) < most:
        waiting.sort(key=lambda rows: -_scatter(vectors[rows], mass[rows]))
        rows = waiting.pop(0)
        halves = _halve(vectors, mass, rows, rules)
        if halves is None:
            whole.append(rows)
        else:
            waiting.extend(halves)
    return whole + waiting


def _halve(vectors: Matrix, mass: Column, rows: Members, rules: InterestRules) -> list[Members] | None:
    """None where the group is one thing: too few, too close together, or nothing gained by two centres."""
    own, weight = vectors[rows], mass[rows]
    scatter = _scatter(own, weight)
    if len(rows) < rules.min_items or scatter <= (1 - rules.cohesion) * float(weight.sum()):
        return None
    is_first = _split_in_two(own, weight, rules.rounds)
    halves = [rows[is_first], rows[~is_first]]
    least = rules.min_share * float(mass.sum())
    if any(len(half) < rules.min_members or float(mass[half].sum()) < least for half in halves):
        return None
    left = sum(_scatter(vectors[half], mass[half]) for half in halves)
    return halves if left <= (1 - rules.min_gain) * scatter else None


def _split_in_two(own: Matrix, weight: Column, rounds: int) -> NDArray[np.bool_]:
    """Two-means on the sphere, from the two sides of the first principal direction."""
    around = own - (weight @ own) / weight.sum()
    covariance = (around * weight[:, None]).T @ around
    direction = np.linalg.eigh(covariance)[1][:, -1]
    along = around @ direction
    is_first = np.asarray(along > 0, dtype=np.bool_)
    for _ in range(rounds):
        if not is_first.any() or is_first.all():
            break
        first, second = (_centre(own[part], weight[part]) for part in (is_first, ~is_first))
        again = np.asarray(own @ (first - second) > 0, dtype=np.bool_)
        if np.array_equal(again, is_first):
            break
        is_first = again
    return is_first


def _refine(vectors: Matrix, mass: Column, groups: list[Members], rules: InterestRules) -> Members:
    """Every row to its nearest centre, all centres together; then tiny groups are folded in. (n,) labels."""
    centres = np.stack([_centre(vectors[rows], mass[rows]) for rows in groups])
    labels = np.argmax(vectors @ centres.T, axis=1)
    for _ in range(rules.rounds if len(groups) > 1 else 0):
        centres = np.stack([_centre(vectors[labels == k], mass[labels == k]) for k in np.unique(labels)])
        again = np.argmax(vectors @ centres.T, axis=1)
        if np.array_equal(again, labels):
            break
        labels = again
    return _fold_in(vectors, mass, np.asarray(labels, dtype=np.int64), rules)


def _fold_in(vectors: Matrix, mass: Column, labels: Members, rules: InterestRules) -> Members:
    while len(kinds := np.unique(labels)) > 1:
        sums = np.array([mass[labels == k].sum() for k in kinds])
        sizes = np.array([(labels == k).sum() for k in kinds])
        tiny = (sums < rules.min_share * mass.sum()) | (sizes < rules.min_members)
        if not tiny.any():
            break
        gone = kinds[np.argmin(np.where(tiny, sums, np.inf))]
        rest = kinds[kinds != gone]
        centres = np.stack([_centre(vectors[labels == k], mass[labels == k]) for k in rest])
        loose = labels == gone
        labels = labels.copy()
        labels[loose] = rest[np.argmax(vectors[loose] @ centres.T, axis=1)]
    return labels


def _describe(vectors: Matrix, mass: Column, labels: Members) -> list[Interest]:
    total = float(mass.sum())
    found = [
        Interest(
            _centre(vectors[labels == k], mass[labels == k]),
            float(mass[labels == k].sum()) / total,
            tuple(np.flatnonzero(labels == k).tolist()),
        )
        for k in np.unique(labels)
    ]
    return sorted(found, key=lambda interest: (-interest.share, interest.members))


def _scatter(own: Matrix, weight: Column) -> float:
    """Mass times (1 - mean cosine to the centre)."""
    return float(weight.sum()) - float(np.linalg.norm(weight @ own))


def _centre(own: Matrix, weight: Column) -> Column:
    return np.asarray(_unit((weight @ own)[None, :])[0], dtype=np.float32)


def _unit(rows: Matrix) -> Matrix:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)
