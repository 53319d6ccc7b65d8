"""Measures on answers that can be worked out by hand, and the replay of one person's last choice."""

from __future__ import annotations

import math

import pytest

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Interaction
from recommender.evaluation import metrics
from recommender.evaluation.replay import leave_last_out
from tests.people import make_ana, make_cy, make_library


def test_hit_rate_looks_no_further_than_its_cutoff() -> None:
    assert metrics.hit_rate([4, 5, 6], 6, 3) == 1
    assert metrics.hit_rate([4, 5, 6], 6, 2) == 0


def test_ndcg_is_one_at_the_first_place_and_falls_with_its_logarithm() -> None:
    assert metrics.ndcg([7, 8, 9], 7, 10) == 1
    assert metrics.ndcg([7, 8, 9], 9, 10) == pytest.approx(1 / math.log2(4))
    assert metrics.ndcg([7, 8, 9], 1, 10) == 0


def test_reciprocal_rank_is_one_over_the_place() -> None:
    assert metrics.reciprocal_rank([3, 2, 1], 1) == pytest.approx(1 / 3)
    assert metrics.reciprocal_rank([3, 2], 1) == 0


def test_coverage_counts_each_item_once() -> None:
    assert metrics.coverage([[1, 2], [2, 3]], 6) == 0.5
    assert metrics.coverage([], 0) == 0


def test_a_bootstrap_interval_holds_the_mean_and_narrows_with_more_people() -> None:
    few = metrics.bootstrap([0.0, 1.0] * 5, seed=3)
    many = metrics.bootstrap([0.0, 1.0] * 200, seed=3)
    assert few.low < few.mean == 0.5 < few.high
    assert many.high - many.low < few.high - few.low
    with pytest.raises(ValueError, match="nothing"):
        metrics.bootstrap([])


@pytest.mark.django_db
def test_anas_last_film_is_found_again_and_her_history_is_left_as_it_was() -> None:
    make_library()
    ana = make_ana()
    replay = leave_last_out(ana.pk)
    assert replay.measured["hr@10"] == 1
    assert replay.measured["mrr"] > replay.popularity["mrr"]
    assert Interaction.objects.filter(person=ana, withdrawn_at__isnull=True).count() == 6


@pytest.mark.django_db
def test_somebody_without_history_is_told_so() -> None:
    make_library()
    with pytest.raises(NotUnderstoodError, match="too little history"):
        leave_last_out(make_cy().pk)
