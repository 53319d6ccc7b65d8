"""Choosing and ordering playlist entries, on synthetic entries whose right order is known."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from recommender.playlists.sequencing import Entry, choose_entries, order_entries


def make_entry(item_id: int, maker: str = "", seconds: int = 200, score: float = 1.0, title: str = "") -> Entry:
    return Entry(item_id, "track", title or f"title {item_id}", maker, seconds, score)


def list_makers(entries: Sequence[Entry]) -> list[str]:
    return [entry.maker for entry in entries]


@pytest.mark.parametrize("minutes", [10, 30, 60, 90])
def test_the_duration_is_within_five_percent_of_the_request(minutes: int) -> None:
    rng = np.random.default_rng(7)
    pool = [make_entry(i, f"artist {i % 40}", int(rng.integers(120, 420)), float(rng.random())) for i in range(200)]
    total = sum(entry.duration_seconds for entry in choose_entries(pool, minutes * 60, 25))
    assert abs(total - minutes * 60) <= 0.05 * minutes * 60


def test_the_same_recording_is_chosen_once() -> None:
    pool = [make_entry(1, "a", title="song", score=2), make_entry(2, "a", title="song"), make_entry(3, "b")]
    assert [entry.item_id for entry in choose_entries(pool, None, 10)] == [1, 3]


def test_entries_without_a_duration_are_left_out_of_a_timed_list() -> None:
    pool = [make_entry(1, "a", seconds=0, score=9), make_entry(2, "b", seconds=300), make_entry(3, "c", seconds=300)]
    assert {entry.item_id for entry in choose_entries(pool, 600, 10)} == {2, 3}


def test_one_artist_does_not_fill_the_list_if_there_are_others() -> None:
    pool = [make_entry(i, "loud", score=9) for i in range(10)] + [make_entry(20 + i, f"artist {i}") for i in range(10)]
    chosen = choose_entries(pool, None, 9)
    assert list_makers(chosen).count("loud") == 3


def test_entries_of_one_artist_are_not_adjacent_if_avoidable() -> None:
    pool = [make_entry(i, "abc"[i % 3]) for i in range(4)] + [make_entry(10 + i, "a") for i in range(3)]
    makers = list_makers(order_entries(pool, {}))
    assert makers.count("a") == 5 - makers.count("x")
    clashes = sum(first == second for first, second in itertools.pairwise(makers))
    assert clashes == max(0, makers.count("a") - (len(makers) - makers.count("a")) - 1)


def test_adjacent_entries_have_similar_vectors() -> None:
    soft, loud = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    pool = [make_entry(i, f"artist {i}", score=0.0) for i in range(6)]
    vectors = {entry.item_id: soft if entry.item_id % 2 else loud for entry in pool}
    ordered = [entry.item_id % 2 for entry in order_entries(pool, vectors)]
    assert sum(first != second for first, second in itertools.pairwise(ordered)) == 1


def test_seeds_open_the_list_in_the_given_order() -> None:
    pool = [make_entry(i, f"artist {i}", score=float(i)) for i in range(5)]
    assert [entry.item_id for entry in order_entries(pool, {}, first_ids=(3, 1))][:2] == [3, 1]


def test_an_empty_pool_gives_an_empty_list() -> None:
    assert choose_entries([], 3600, 10) == []
    assert order_entries([], {}) == []


def test_a_contradicting_entry_is_chosen_only_if_the_others_do_not_suffice() -> None:
    pool = [
        Entry(1, "track", "one", "a", 300, 9.0, is_contradicting=True),
        make_entry(2, "b", 300),
        make_entry(3, "c", 320),
    ]
    assert {entry.item_id for entry in choose_entries(pool, 600, 10)} == {2, 3}
    assert {entry.item_id for entry in choose_entries(pool, None, 2)} == {2, 3}
    assert [entry.item_id for entry in choose_entries(pool, None, 3)] == [2, 3, 1]


def test_low_ranked_entries_are_not_used_if_the_duration_fits_without_them() -> None:
    pool = [make_entry(i, f"artist {i}", 300, 100.0 - i) for i in range(100)]
    pool.append(make_entry(200, "last", 140, 0.0))
    assert 200 not in {entry.item_id for entry in choose_entries(pool, 3020, 10)}


def test_entries_with_the_same_title_are_not_adjacent() -> None:
    near = np.array([1, 0], dtype=np.float32)
    pool = [make_entry(i, f"artist {i}", title="gymnopédie" if i < 2 else "") for i in range(6)]
    titles = [entry.title_key for entry in order_entries(pool, {i: near for i in range(2)})]
    assert sorted(titles) == ["gymnopédie", "gymnopédie", *(f"title {i}" for i in range(2, 6))]
    assert ("gymnopédie", "gymnopédie") not in itertools.pairwise(titles)


def test_three_others_separate_entries_of_one_artist_if_there_are_enough() -> None:
    near = np.array([1, 0], dtype=np.float32)
    pool = [make_entry(1, "same"), make_entry(2, "same"), *(make_entry(i, f"artist {i}") for i in range(3, 9))]
    makers = list_makers(order_entries(pool, {1: near, 2: near}))
    first, second = (index for index, maker in enumerate(makers) if maker == "same")
    assert second - first > 3
