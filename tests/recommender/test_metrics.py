"""Ranking metrics whose values can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.metrics import find_rank, hit_rate, ndcg, ndcg_of_several, reciprocal_rank

RANKS = np.array([0, 2, 9, 10])
MISSING = np.array([math.inf])


def test_hit_rate_ignores_ranks_from_its_cutoff_on() -> None:
    assert hit_rate(RANKS).tolist() == [1, 1, 1, 0]
    assert hit_rate(RANKS, 3).tolist() == [1, 1, 0, 0]
    assert hit_rate(RANKS, 2).tolist() == [1, 0, 0, 0]


def test_ndcg_is_one_at_the_first_rank_and_falls_logarithmically() -> None:
    assert ndcg(RANKS).tolist() == pytest.approx([1, 1 / math.log2(4), 1 / math.log2(11), 0])
    assert ndcg(RANKS, 2).tolist() == [1, 0, 0, 0]


def test_reciprocal_rank_is_one_over_the_rank_from_one() -> None:
    assert reciprocal_rank(RANKS).tolist() == pytest.approx([1, 1 / 3, 1 / 10, 1 / 11])


def test_an_item_that_is_not_in_the_list_counts_for_nothing() -> None:
    assert [find_rank([3, 2, 1], 1), find_rank([3, 2], 1)] == [2, math.inf]
    assert [float(measure(MISSING)[0]) for measure in (hit_rate, ndcg, reciprocal_rank)] == [0, 0, 0]


def test_several_relevant_items_are_measured_against_the_ideal_list() -> None:
    best = 1 + 1 / math.log2(3)
    assert ndcg_of_several([7, 8, 9], {7, 8}) == 1
    assert ndcg_of_several([9, 8, 7], {7, 8}) == pytest.approx((1 / math.log2(3) + 1 / 2) / best)
    assert ndcg_of_several([9, 8, 7], {7, 8}, cutoff=2) == pytest.approx((1 / math.log2(3)) / best)
    assert ndcg_of_several([9], {7, 8}) == 0
    assert ndcg_of_several([7, 8], {7, 8, 9}, cutoff=2) == 1
