"""The best modality wins: what one leg alone is sure of is not buried under what is middling everywhere."""

from __future__ import annotations

from recommender.search.leg_fusion import fuse_best, fuse_mean
from recommender.search.types import Hit, ResultList


def leg(name: str, *item_ids: int) -> ResultList:
    return ResultList(name, tuple(Hit(item_id, name) for item_id in item_ids))


def test_first_in_one_leg_beats_middling_in_all_where_a_mean_would_not() -> None:
    legs = [leg("a", 7, 1, 2), leg("b", 3, 1, 2), leg("c", 4, 1, 2)]
    assert {one.item_id for one in fuse_best(legs)[:3]} == {7, 3, 4}
    assert fuse_best(legs)[3].item_id == 1
    assert fuse_mean(legs)[0].item_id == 1


def test_of_two_first_places_the_one_others_agree_with_comes_first() -> None:
    found = fuse_best([leg("a", 1, 2), leg("b", 2, 3)])
    assert [one.item_id for one in found] == [2, 1, 3]


def test_of_equals_the_one_that_the_more_literal_leg_found_comes_first() -> None:
    assert [one.item_id for one in fuse_best([leg("said", 9), leg("meaning", 2)])] == [9, 2]
    assert [one.item_id for one in fuse_mean([leg("said", 9), leg("meaning", 2)])] == [2, 9]


def test_the_reason_is_the_winning_legs() -> None:
    found = fuse_best([leg("meaning", 5, 6, 9), leg("said", 9)])
    assert found[0].hit.field == "meaning" or found[0].item_id == 9
    nine = next(one for one in found if one.item_id == 9)
    assert (nine.hit.field, nine.legs) == ("said", ("meaning", "said"))


def test_scores_fall_and_stay_within_one() -> None:
    scores = [one.score for one in fuse_best([leg("a", 1, 2, 3), leg("b", 1, 2, 3), leg("c", 1, 3)])]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] <= 1


def test_nothing_from_nowhere() -> None:
    assert fuse_best([]) == fuse_best([leg("a")]) == []
