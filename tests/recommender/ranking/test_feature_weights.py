"""What a person's own choices say of the features moves the weights of their lists, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from mediarec.library.models import Interaction, InteractionType, Item, Person
from recommender.items.media_types import Medium
from recommender.ranking import feature_weights
from recommender.ranking.feature_statistics import FEATURES, FeatureStatistics, learn_weights
from recommender.ranking.scoring import PERSONAL, choose_weights
from recommender.taste.profile import Profile, load_profile
from tests.people import START

BY_HAND = {"taste": 1.0, "content": 0.6, "affinity": 0.6, "credits": 0.4, "popularity": 0.2}
APART = np.eye(len(FEATURES), dtype=np.float32)


def make_lesson(choices: int, **shifts: float) -> FeatureStatistics:
    return FeatureStatistics(np.array([shifts.get(name, 0.0) for name in FEATURES], dtype=np.float32), APART, choices)


def test_without_a_lesson_the_weights_are_those_set_by_hand() -> None:
    assert learn_weights(BY_HAND, None) == BY_HAND
    assert learn_weights(BY_HAND, make_lesson(10, taste=-1.0)) == BY_HAND
    assert choose_weights(Medium.SCREEN, 10**6, False).content == PERSONAL[Medium.SCREEN].content


def test_what_told_the_choices_apart_gains_and_the_sum_stays() -> None:
    few, many = (learn_weights(BY_HAND, make_lesson(n, content=2.0, credits=1.0)) for n in (2, 200))
    assert BY_HAND["content"] < few["content"] < many["content"]
    assert BY_HAND["taste"] > few["taste"] > many["taste"] >= 0
    assert sum(many.values()) == pytest.approx(sum(BY_HAND.values()))
    assert many["content"] == pytest.approx(2 * many["credits"], rel=0.15)


def test_what_speaks_against_choices_is_left_out_and_what_was_not_measured_stays() -> None:
    lesson = make_lesson(1000, content=1.0, popularity=-2.0, taste=np.nan)
    learned = learn_weights(BY_HAND, lesson)
    assert learned["taste"] == BY_HAND["taste"]
    assert learned["popularity"] < 0.01


def test_two_features_that_always_agree_share_what_one_would_have() -> None:
    together = APART.copy()
    together[0, 1] = together[1, 0] = 1.0
    alone = make_lesson(1000, taste=1.0, affinity=1.0).discriminant_weights()
    pair = replace(make_lesson(1000, taste=1.0, content=1.0, affinity=1.0), correlations=together)
    doubled = pair.discriminant_weights()
    assert doubled["taste"] == pytest.approx(doubled["content"])
    assert doubled["taste"] + doubled["content"] == pytest.approx(alone["taste"], rel=0.1)
    assert doubled["affinity"] == pytest.approx(alone["affinity"])


@pytest.fixture(autouse=True)
def _small_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_weights, "MIN_NEGATIVE_SAMPLES", 5)


@pytest.mark.django_db
def test_a_person_of_one_genre_is_told_by_genres(ana: Person, library: dict[str, Item]) -> None:
    lesson = feature_weights.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert lesson is not None
    assert lesson.choices == 3  # six films, the first three are what the others are told from
    weights = lesson.discriminant_weights()
    assert weights["affinity"] > 0
    assert "taste" not in weights and "content" not in weights  # nothing is embedded here
    assert feature_weights.learn_feature_statistics(load_profile(ana.pk), Medium.MUSIC) is None


@pytest.mark.django_db
def test_a_choice_is_told_from_what_lay_before_it_and_measured_once(
    ana: Person, library: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []
    tell = feature_weights._score_choice

    def note(profile: Profile, place: int, *rest: Any) -> feature_weights.ChoiceStatistics:
        measured.append(place)
        return tell(profile, place, *rest)

    monkeypatch.setattr(feature_weights, "_score_choice", note)
    first = feature_weights.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert measured == [3, 4, 5]
    for day, title in enumerate(("Fast Film 1", "Fast Film 2")):
        when = START + timedelta(days=20 + day)
        Interaction.objects.create(person=ana, item=library[title], what=InteractionType.LIKED, occurred_at=when)
    second = feature_weights.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert measured == [3, 4, 5, 6, 7]
    assert first is not None and second is not None
    affinity = FEATURES.index("affinity")
    assert second.choices == 5
    assert second.mean_shifts[affinity] < first.mean_shifts[affinity]  # fast films were no matter of slow genres


@pytest.mark.django_db
def test_an_event_taken_back_teaches_nothing(ana: Person, library: dict[str, Item]) -> None:
    Interaction.objects.filter(person=ana, item=library["Slow Film 6"]).update(withdrawn_at=START)
    lesson = feature_weights.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN)
    assert lesson is not None and lesson.choices == 2


@pytest.mark.django_db
def test_with_too_little_beside_it_nothing_is_said(
    ana: Person, library: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_weights, "MIN_NEGATIVE_SAMPLES", 1000)
    assert feature_weights.learn_feature_statistics(load_profile(ana.pk), Medium.SCREEN) is None
