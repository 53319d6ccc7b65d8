"""Late fusion: an item that one list ranks first is not buried under items that are mediocre everywhere."""

from __future__ import annotations

from recommender.search.leg_fusion import fuse_best, fuse_mean
from recommender.search.types import Hit, ResultList


def leg(name: str, *item_ids: int) -> ResultList:
    return ResultList(name, tuple(Hit(item_id, name) for item_id in item_ids))


def test_rank_one_in_one_list_beats_mediocre_ranks_in_all() -> None:
    legs = [leg("a", 7, 1, 2), leg("b", 3, 1, 2), leg("c", 4, 1, 2)]
    assert {result.item_id for result in fuse_best(legs)[:3]} == {7, 3, 4}
    assert fuse_best(legs)[3].item_id == 1
    assert fuse_mean(legs)[0].item_id == 1


def test_agreement_of_other_lists_orders_items_with_rank_one() -> None:
    results = fuse_best([leg("a", 1, 2), leg("b", 2, 3)])
    assert [result.item_id for result in results] == [2, 1, 3]


def test_the_more_literal_list_wins_ties() -> None:
    assert [result.item_id for result in fuse_best([leg("said", 9), leg("meaning", 2)])] == [9, 2]
    assert [result.item_id for result in fuse_mean([leg("said", 9), leg("meaning", 2)])] == [2, 9]


def test_the_hit_is_that_of_the_winning_list() -> None:
    results = fuse_best([leg("meaning", 5, 6, 9), leg("said", 9)])
    assert results[0].hit.field == "meaning" or results[0].item_id == 9
    nine = next(result for result in results if result.item_id == 9)
    assert (nine.hit.field, nine.legs) == ("said", ("meaning", "said"))


def test_scores_fall_and_stay_within_one() -> None:
    scores = [result.score for result in fuse_best([leg("a", 1, 2, 3), leg("b", 1, 2, 3), leg("c", 1, 3)])]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] <= 1


def test_no_lists_give_no_results() -> None:
    assert fuse_best([]) == fuse_best([leg("a")]) == []
