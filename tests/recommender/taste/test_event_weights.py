"""How an event's weight falls with time, worked out by hand; and which way liked and disliked items pull."""

from __future__ import annotations

import math

import pytest

from mediarec.library.models import InteractionType
from recommender.items.media_types import Medium
from tests.recommender.builders import make_event, make_history, make_profile, unit


@pytest.mark.parametrize(
    ("days_ago", "decay"), [(0, 1.0), (120, math.sqrt(0.5)), (240, 0.5), (480, 0.25), (720, 0.15), (10_000, 0.15)]
)
def test_an_event_halves_every_240_days_and_keeps_a_floor_of_15_percent(days_ago: float, decay: float) -> None:
    old = make_event(1, days_ago=days_ago)
    history = make_history(old, make_event(2))
    assert history.decay(old) == pytest.approx(decay)
    assert history.item_weights[1] == pytest.approx(math.log1p(1.5 * decay))


def test_time_is_counted_from_the_newest_event_so_an_old_history_still_speaks() -> None:
    history = make_history(make_event(1, days_ago=5000), make_event(2, days_ago=4760))
    assert history.item_weights[2] == pytest.approx(math.log1p(1.5))
    assert history.item_weights[1] == pytest.approx(math.log1p(0.75))


def test_opposite_events_of_one_item_are_summed_before_the_sign_is_read() -> None:
    history = make_history(make_event(1, InteractionType.LIKED, days_ago=240), make_event(1, InteractionType.DISLIKED))
    assert history.item_weights[1] == pytest.approx(-math.log1p(0.75))
    assert (history.positive_ids, history.negative_ids) == ([], [1])


def test_a_dislike_turns_the_profile_vector_away_by_a_third() -> None:
    profile = make_profile(liked={1: unit(1, 0)}, disliked={2: unit(0, 1)})
    assert profile.text_vector() == pytest.approx(unit(1, -0.35), abs=1e-6)


def test_many_dislikes_pull_no_harder_than_all_that_was_liked() -> None:
    profile = make_profile(liked={1: unit(1, 0)}, disliked={number: unit(0, 1) for number in range(2, 12)})
    assert profile.text_vector() == pytest.approx(unit(1, -0.35), abs=1e-6)


def test_a_candidate_near_the_dislike_lies_further_from_the_profile_than_one_on_the_other_side() -> None:
    profile = make_profile(liked={1: unit(1, 0)}, disliked={2: unit(0.6, 0.8)})
    vector = profile.text_vector(Medium.SCREEN)
    assert vector is not None
    towards, away = unit(0.9, 0.4), unit(0.9, -0.4)  # equally near to what was liked
    assert float(vector @ away) > float(vector @ towards) + 0.2


def test_a_medium_nobody_touched_borrows_the_direction_of_the_whole_and_no_vectors_have_none() -> None:
    profile = make_profile(liked={1: unit(1, 0), 2: unit(0, 1)})
    assert profile.text_vector(Medium.MUSIC) == pytest.approx(unit(1, 1), abs=1e-6)
    assert make_profile().text_vector(Medium.MUSIC) is None
    assert make_profile(disliked={1: unit(1, 0)}).text_vector() is None
