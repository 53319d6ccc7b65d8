"""Directions loaded from sentences, comparisons, and items to be like or unlike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytest_django import Settings

from mediarec.library.models import Item, Kind
from recommender.candidate_scoring.directions import CONTRASTS, LIKENESS, find_direction, load_directions
from recommender.types import Filters
from tests.recommender import axis_encoder
from tests.recommender.axis_encoder import encode_words
from tests.recommender.builders import make_profile
from tests.recommender.checkerboard import DIMS, make_space, store_vector


@pytest.fixture
def axes(db: None, settings: Settings) -> None:
    settings.MODEL_SLOTS = {**settings.MODEL_SLOTS, "text": [axis_encoder.PATH]}
    make_space()


@pytest.mark.usefixtures("axes")
def test_a_comparison_points_from_its_other_end_to_this_one() -> None:
    funnier, more_serious = find_direction("funnier"), find_direction("more serious")
    assert funnier is not None and more_serious is not None
    assert funnier @ encode_words("funny") == pytest.approx(np.sqrt(0.5))
    assert funnier @ encode_words("serious") == pytest.approx(-np.sqrt(0.5))
    assert funnier == pytest.approx(-more_serious)
    assert find_direction("bluer") is None


@pytest.mark.usefixtures("axes")
def test_comparisons_of_age_and_length_read_the_row_and_have_a_sign() -> None:
    directions = load_directions(make_profile(), Filters(leans=("newer", "shorter", "funnier")))
    newer, shorter, funnier = directions
    assert (newer.fact, newer.weight) == ("year", CONTRASTS)
    assert (shorter.fact, shorter.weight) == ("runtime_seconds", -CONTRASTS)
    assert funnier.weight == CONTRASTS and funnier.vector is not None


@pytest.mark.usefixtures("axes")
def test_own_sentences_point_where_their_words_lie_with_their_sign() -> None:
    profile = replace(make_profile(), sentences=(("slow films", 1.0), ("nothing loud", -2.0)))
    slow, loud = load_directions(profile, Filters())
    assert (slow.weight, slow.sentence) == (1.0, "slow films")
    assert (loud.weight, loud.sentence) == (-2.0, "nothing loud")
    assert slow.vector == pytest.approx(encode_words("slow"))
    assert loud.vector == pytest.approx(encode_words("loud"))


@pytest.mark.django_db
def test_items_to_be_like_pull_and_items_to_be_unlike_push() -> None:
    space = make_space()
    items = [Item.objects.create(kind=Kind.FILM, title=title, title_key=title) for title in ("like", "unlike", "bare")]
    for axis, item in enumerate(items[:2]):
        store_vector(space, item, np.eye(DIMS, dtype=np.float32)[axis])
    directions = load_directions(
        make_profile(), Filters(like_ids=(items[0].pk, items[2].pk), unlike_ids=(items[1].pk,))
    )
    assert {
        (direction.weight, int(np.argmax(direction.vector))) for direction in directions if direction.vector is not None
    } == {
        (LIKENESS, 0),
        (-LIKENESS, 1),
    }
    assert len(directions) == 2


@pytest.mark.django_db
def test_without_a_text_encoder_sentences_and_comparisons_say_nothing() -> None:
    profile = replace(make_profile(), sentences=(("slow films", 1.0),))
    assert load_directions(profile, Filters(leans=("funnier",))) == ()
