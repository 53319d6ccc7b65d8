"""Lists of candidates become one by their ranks alone, in an order that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from recommender.retrieval.candidate_merge import fuse_candidates, merge_candidates, round_robin
from recommender.types import Candidate


def make_list(source: str, *item_ids: int, score: float = 1.0) -> list[Candidate]:
    """Best first; the scores say nothing, as those of two sources cannot be compared."""
    return [Candidate(item_id, "", {source: score}) for item_id in item_ids]


def list_order(lists: Sequence[Sequence[Candidate]]) -> list[int]:
    """Item ids from the first to the last that is kept, read off by making room for one more at a time."""
    order: list[int] = []
    for room in range(1, len({c.item_id for own in lists for c in own}) + 1):
        (added,) = set(fuse_candidates(lists, room)) - set(order)
        order.append(added)
    return order


def test_three_items_on_two_lists_are_ordered_by_both_of_their_ranks() -> None:
    # 10: 1/61 + 1/62, 30: 1/63 + 1/61, 20: 1/62 + 1/63. Each stands on both lists, so only the ranks can decide.
    lists = [make_list("content", 10, 20, 30), make_list("popular", 30, 10, 20)]
    assert list_order(lists) == [10, 30, 20]
    assert list_order(lists[::-1]) == [10, 30, 20]


def test_the_last_of_two_lists_beats_the_first_of_one_as_published() -> None:
    lists = [make_list("content", 1, 2, 9), make_list("popular", 3, 4, 9)]
    assert list_order(lists) == [9, 1, 3, 2, 4]  # 2/63 is more than 1/61; of equals the smaller number


def test_sizes_of_scores_say_nothing() -> None:
    lists = [make_list("content", 1, 2, score=0.001), make_list("popular", 2, 3, score=1e6)]
    assert list_order(lists) == [2, 1, 3]


def test_fused_candidates_name_every_source_and_its_own_score() -> None:
    lists = [make_list("content", 1, 2, score=0.7), make_list("popular", 2, 3, score=9.0)]
    assert fuse_candidates(lists, 1) == {2: Candidate(2, "", {"content": 0.7, "popular": 9.0})}


@pytest.mark.parametrize("lists", [[], [[]], [[], []]])
def test_empty_lists_fuse_to_nothing(lists: list[list[Candidate]]) -> None:
    assert fuse_candidates(lists, 10) == {}


def test_lists_take_turns_and_an_item_keeps_its_first_turn() -> None:
    turns = round_robin([make_list("film", 1, 2, 3), make_list("music", 4, 2)])
    assert [candidate.item_id for candidate in turns] == [1, 4, 2, 3]
    assert turns[2].sources == {"film": 1.0, "music": 1.0}


def test_merging_keeps_the_last_score_of_a_source() -> None:
    merged = merge_candidates([*make_list("content", 1, score=0.2), *make_list("content", 1, score=0.9)])
    assert merged == {1: Candidate(1, "", {"content": 0.9})}
