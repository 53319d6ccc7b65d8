"""Clustering finds several interests or one, and lists are calibrated in proportion."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.taste.interests import allocate_slots, calibrate_list, find_interests, shift_towards

DIMS = 32


def make_groups(*sizes: int, noise: float = 0.12) -> NDArray[np.float32]:
    """A direction for each group plus a component common to all, as in real item vectors."""
    random = np.random.default_rng(5)
    directions = np.eye(DIMS, dtype=np.float32)[1 : len(sizes) + 1] + 0.6 * np.eye(DIMS, dtype=np.float32)[0]
    rows = np.repeat(directions, sizes, axis=0) + noise * random.standard_normal((sum(sizes), DIMS))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def ones(count: int) -> NDArray[np.float32]:
    return np.ones(count, dtype=np.float32)


def zeros(count: int) -> NDArray[np.float32]:
    return np.zeros(count, dtype=np.float32)


def test_interests_mixed_sixty_thirty_ten_are_found_with_their_shares() -> None:
    interests = find_interests(make_groups(60, 30, 10), ones(100), zeros(100))
    assert [round(interest.share, 2) for interest in interests] == [0.6, 0.3, 0.1]
    assert interests[0].members == tuple(range(60))
    assert interests[2].members == tuple(range(90, 100))


@pytest.mark.parametrize("count", [1, 5, 12, 200])
def test_one_cohesive_taste_is_never_split(count: int) -> None:
    (only,) = find_interests(make_groups(count), ones(count), zeros(count))
    assert only.share == pytest.approx(1.0)
    assert len(only.members) == count
    assert np.linalg.norm(only.centre) == pytest.approx(1.0, abs=1e-5)


def test_an_empty_history_has_no_interests() -> None:
    assert find_interests(np.zeros((0, DIMS), np.float32), ones(0), zeros(0)) == []


def test_a_small_cluster_is_merged_into_the_nearest() -> None:
    interests = find_interests(make_groups(60, 30, 3), ones(93), zeros(93))
    assert len(interests) == 2
    assert sorted(row for interest in interests for row in interest.members) == list(range(93))


@pytest.mark.parametrize(("sizes", "interests"), [((80, 13, 7), 2), ((78, 13, 9), 3)])
def test_a_group_of_less_than_eight_percent_joins_the_nearest(sizes: tuple[int, int, int], interests: int) -> None:
    assert len(find_interests(make_groups(*sizes), ones(100), zeros(100))) == interests


def test_old_events_count_less_but_never_zero() -> None:
    ages = np.repeat(np.array([0.0, 240.0, 1e6], dtype=np.float32), [20, 20, 20])
    shares = {i.members[0]: i.share for i in find_interests(make_groups(20, 20, 20), ones(60), ages)}
    assert shares[0] == pytest.approx(2 * shares[20], rel=1e-4)
    assert shares[40] == pytest.approx(0.15 * shares[0], rel=1e-4)


def test_there_are_never_more_interests_than_requested() -> None:
    assert len(find_interests(make_groups(*[20] * 4), ones(80), zeros(80), most=3)) == 3


def test_the_same_rows_give_the_same_interests() -> None:
    rows = make_groups(40, 25, 15)
    first, again = (find_interests(rows, ones(80), zeros(80)) for _ in range(2))
    assert [i.members for i in first] == [i.members for i in again]


def test_a_single_interest_leaves_the_person_vector_unchanged() -> None:
    rows = make_groups(30)
    person = rows[3]
    assert np.array_equal(shift_towards(person, find_interests(rows, ones(30), zeros(30)))[0], person)


def test_each_query_vector_is_nearest_to_its_own_interest() -> None:
    rows = make_groups(40, 40)
    interests = find_interests(rows, ones(80), zeros(80))
    person = np.asarray((rows[0] + rows[50]) / np.linalg.norm(rows[0] + rows[50]), dtype=np.float32)
    closeness = shift_towards(person, interests) @ np.stack([i.centre for i in interests]).T
    assert closeness.argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("shares", "places", "given"),
    [([0.6, 0.3, 0.1], 10, [6, 3, 1]), ([0.5, 0.5], 3, [2, 1]), ([1.0], 7, [7]), ([0.9, 0.1], 0, [0, 0])],
)
def test_slots_are_allocated_by_largest_remainder(shares: list[float], places: int, given: list[int]) -> None:
    assert allocate_slots(shares, places) == given


def test_without_mixing_the_list_is_unchanged() -> None:
    plain = np.array([0.1, 0.9, 0.5, -np.inf, 0.7], dtype=np.float32)
    affinity = np.stack([plain[::-1], plain])
    assert calibrate_list(plain, affinity, [0.5, 0.5], 3, 0.0).tolist() == [1, 4, 2]


def test_mixing_gives_each_interest_its_share_and_repeats_nothing() -> None:
    plain = np.linspace(1.0, 0.0, 40).astype(np.float32)  # all of the first interest ranks above the second
    affinity = np.stack(
        [np.where(np.arange(40) < 20, plain + 1, plain), np.where(np.arange(40) < 20, plain, plain + 1)]
    )
    mixed = calibrate_list(plain, affinity.astype(np.float32), [0.6, 0.4], 10, 1.0)
    assert len(set(mixed.tolist())) == 10
    assert (mixed < 20).sum() == 6
    assert calibrate_list(plain, affinity.astype(np.float32), [0.6, 0.4], 10, 0.4)[:6].tolist() == [0, 1, 2, 3, 4, 5]


def test_with_fewer_items_than_slots_the_list_is_shorter() -> None:
    plain = np.array([0.3, -np.inf, 0.2], dtype=np.float32)
    assert sorted(calibrate_list(plain, np.stack([plain, plain]), [0.5, 0.5], 10, 0.5).tolist()) == [0, 2]
