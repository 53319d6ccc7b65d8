"""Ranks, baselines, figures and protocols, on cases whose answer can be reasoned."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.evaluation.baselines import (
    ContentNeighbours,
    ItemNeighbours,
    PopularityBaseline,
    RandomBaseline,
    count_events,
)
from recommender.evaluation.comparison import compare_results, read_result
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.evaluation.ranks import Sequences, rank_people
from recommender.evaluation.report import describe_lists, summarise

TEST = Protocol()
PEOPLE = [np.array(events) for events in ([0, 1, 2], [0, 1, 3], [4, 5, 0])]
ITEMS = 6


class Fixed:
    """Everybody gets the same scores."""

    name = "fixed"

    def __init__(self, *scores: float) -> None:
        self.scores = np.array(scores, dtype=np.float32)

    def score(self, histories: Sequences) -> NDArray[np.float32]:
        return np.tile(self.scores, (len(histories), 1))


def test_the_rank_is_the_position_among_unseen_items() -> None:
    ranked = rank_people(Fixed(9, 8, 7, 6, 5, 4), PEOPLE, TEST)
    assert ranked.ranks.tolist() == [0, 1, 0]  # 0 and 1 are met, so 2 comes first and 3 second; then 0 itself
    kept = rank_people(Fixed(9, 8, 7, 6, 5, 4), PEOPLE, Protocol(history_removed=False))
    assert kept.ranks.tolist() == [2, 3, 0]


def test_ties_and_nan_count_against_the_model() -> None:
    assert rank_people(Fixed(*[1] * ITEMS), PEOPLE, TEST).ranks.tolist() == [3, 3, 3]
    assert rank_people(Fixed(*[float("nan")] * ITEMS), PEOPLE, TEST).ranks.min() >= 3


def test_the_list_holds_the_best_unseen_items() -> None:
    lists = rank_people(Fixed(9, 8, 7, 6, 5, 4), PEOPLE, TEST).lists
    assert lists[0, :4].tolist() == [2, 3, 4, 5]


def test_popularity_uses_training_events_alone() -> None:
    training = [events[:-2] for events in PEOPLE]
    assert PopularityBaseline(training, ITEMS).score(PEOPLE)[0].tolist() == [2, 0, 0, 0, 1, 0]
    assert count_events([], 3).tolist() == [0, 0, 0]


def test_item_neighbours_share_viewers() -> None:
    scores = ItemNeighbours([np.array([0, 1]), np.array([0, 1]), np.array([2, 3])], 4, shrinkage=0).score(
        [np.array([0]), np.array([2])]
    )
    assert scores.argmax(axis=1).tolist() == [1, 3]


def test_content_neighbours_have_similar_vectors() -> None:
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1]], dtype=np.float32)
    scores = ContentNeighbours(vectors).score([np.array([0]), np.array([], dtype=np.int64)])
    assert scores[0].argsort().tolist() == [2, 1, 0]
    assert not scores[1].any()


def test_chance_is_the_same_for_the_same_seed() -> None:
    assert np.array_equal(RandomBaseline(5, seed=3).score(PEOPLE), RandomBaseline(5, seed=3).score(PEOPLE))


def test_metrics_include_intervals_and_list_properties() -> None:
    ranked = rank_people(Fixed(9, 8, 7, 6, 5, 4), PEOPLE, TEST)
    figures = summarise(ranked, np.array([9, 5, 4, 3, 2, 1]))
    assert figures["hr@10"] == 1.0
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / np.log2(3) + 1) / 3, abs=1e-4)
    assert figures["mrr"] == pytest.approx((1 + 0.5 + 1) / 3, abs=1e-4)
    low, high = figures["ndcg@10_ci"]
    assert low <= figures["ndcg@10"] <= high


def test_lists_of_hits_alone_are_popular_and_cover_little() -> None:
    counts = np.arange(10, 0, -1)
    popular = describe_lists(np.array([[0, 1], [0, 1]]), counts)
    rare = describe_lists(np.array([[8, 9], [6, 7]]), counts)
    assert popular["coverage@10"] == 0.2
    assert rare["coverage@10"] == 0.4
    assert popular["mean_popularity@10"] > rare["mean_popularity@10"]
    assert popular["long_tail@10"] == 0
    assert rare["long_tail@10"] == 1


def test_another_protocol_has_another_hash_and_another_split_too() -> None:
    assert TEST.hash == Protocol().hash
    assert TEST.hash != Protocol(history_removed=False).hash
    assert hash_split(PEOPLE, 1) != hash_split([*PEOPLE[:2], np.array([4, 5, 1])], 1)


def result(**changes: Any) -> dict[str, Any]:
    told = {"protocol": "p", "protocol_hash": "1", "data_hash": "d", "split_hash": "s", "model": "m", "ndcg@10": 0.2}
    return {**told, **changes}


@pytest.mark.parametrize("name", ["protocol_hash", "data_hash", "split_hash"])
def test_results_of_different_protocols_are_not_compared(name: str) -> None:
    with pytest.raises(NotUnderstoodError, match=name):
        compare_results(result(), result(**{name: "other"}))


def test_results_of_one_protocol_are_compared_as_ratios() -> None:
    compared = compare_results(result(), result(**{"ndcg@10": 0.1}))
    assert compared["ndcg@10"] == {"first": 0.2, "second": 0.1, "ratio": 2.0}


def test_an_invalid_result_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="gone"):
        read_result(tmp_path / "gone.json")
    (tmp_path / "list.json").write_text(json.dumps([1]))
    with pytest.raises(NotUnderstoodError, match=r"list\.json is not a result"):
        read_result(tmp_path / "list.json")
