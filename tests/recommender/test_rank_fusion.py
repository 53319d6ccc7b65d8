"""Reciprocal rank fusion worked out by hand: ranks decide, not how often an item is listed."""

from __future__ import annotations

import pytest

from recommender.rank_fusion import reciprocal_rank_fusion, relative_weight
from recommender.retrieval.candidate_merge import fuse_candidates
from recommender.types import Candidate

A, B, C = 1, 2, 3


def test_two_lists_of_the_same_three_items_are_summed_by_rank() -> None:
    """All three are in both lists: without their ranks they would be equal."""
    scores = reciprocal_rank_fusion([[C, A, B], [A, C, B]])
    assert scores == {C: pytest.approx(1 / 61 + 1 / 62), A: pytest.approx(1 / 62 + 1 / 61), B: pytest.approx(2 / 63)}


def test_first_and_third_beat_second_twice() -> None:
    scores = reciprocal_rank_fusion([[A, B, C], [C, B, A]])
    assert scores[A] == scores[C] > scores[B] == pytest.approx(2 / 62)


def test_the_weight_of_a_rank_is_one_at_the_first_and_falls_slowly() -> None:
    assert [relative_weight(rank) for rank in (1, 2, 62)] == [1, 61 / 62, 0.5]


def test_no_rankings_give_no_scores() -> None:
    assert reciprocal_rank_fusion([]) == reciprocal_rank_fusion([[], []]) == {}


def test_candidates_are_kept_by_rank_with_every_source_that_named_them() -> None:
    lists = [
        [Candidate(item_id, "film", {"content": 0.1 * item_id}) for item_id in (C, A, B)],
        [Candidate(item_id, "film", {"popular": 9.0 * item_id}) for item_id in (B, C, A)],
    ]
    assert list(fuse_candidates(lists, room=1)) == [C]
    kept = fuse_candidates(lists, room=2)
    assert set(kept) == {C, B}
    assert kept[B].sources == {"content": pytest.approx(0.2), "popular": 18.0}


def test_ties_keep_the_older_item() -> None:
    lists = [[Candidate(item_id, "film", {"one": 1.0})] for item_id in (B, A)]
    assert list(fuse_candidates(lists, room=1)) == [A]
