"""How far a person leans to a genre or tag, worked out by hand. In the catalogue "scarce" has a share of a tenth."""

from __future__ import annotations

import math

import pytest

from recommender.items.labels import label_affinities
from tests.recommender.builders import CATALOGUE

LIFT = math.log(1 / 0.1)  # every liked item carries it, one in ten of the catalogue does


@pytest.mark.parametrize(("items", "believed"), [(1, 1 / 6), (5, 1 / 2), (20, 4 / 5)])
def test_a_leaning_is_shrunk_until_about_five_items_speak_for_it(items: int, believed: float) -> None:
    liked = dict.fromkeys(range(items), ("scarce",))
    assert label_affinities(liked, dict.fromkeys(liked, 1.0), CATALOGUE)["scarce"] == pytest.approx(LIFT * believed)


def test_a_dislike_is_the_same_with_the_other_sign_and_both_cancel_out() -> None:
    assert label_affinities({1: ("scarce",)}, {1: -1.0}, CATALOGUE)["scarce"] == pytest.approx(-LIFT / 6)
    both = label_affinities({1: ("scarce",), 2: ("scarce",)}, {1: 1.0, 2: -1.0}, CATALOGUE)
    assert both["scarce"] == pytest.approx(0.0)


def test_the_share_among_liked_items_is_by_weight() -> None:
    words = {1: ("scarce",), 2: ("rare",)}
    leanings = label_affinities(words, {1: 3.0, 2: 1.0}, CATALOGUE)
    assert leanings["scarce"] == pytest.approx(math.log(0.75 / 0.1) * 3 / 8)
    assert leanings["rare"] == pytest.approx(math.log(0.25 / 0.05) * 1 / 6)


def test_a_label_no_more_common_than_in_the_catalogue_has_no_affinity() -> None:
    leanings = label_affinities({1: ("common",), 2: ("rare",)}, {1: 1.0, 2: 1.0}, CATALOGUE)
    assert leanings["common"] == 0.0
