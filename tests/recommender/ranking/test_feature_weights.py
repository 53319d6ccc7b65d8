"""Feature weights are learned from a person's own choices and shrunk towards the hand-set ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.items.media_types import Medium
from recommender.ranking.feature_weights import (
    FEATURES,
    ChoiceStatistics,
    FeatureStatistics,
    average_choices,
    learn_weights,
)
from recommender.ranking.scoring import PERSONAL, choose_weights

BY_HAND = {"taste": 1.0, "content": 0.6, "affinity": 0.6, "credits": 0.4, "popularity": 0.2}
APART = np.eye(len(FEATURES), dtype=np.float32)


def make_lesson(choices: int, **shifts: float) -> FeatureStatistics:
    return FeatureStatistics(np.array([shifts.get(name, 0.0) for name in FEATURES], dtype=np.float32), APART, choices)


def test_without_statistics_the_weights_are_the_defaults() -> None:
    assert learn_weights(BY_HAND, None) == BY_HAND
    assert learn_weights(BY_HAND, make_lesson(10, taste=-1.0)) == BY_HAND
    assert choose_weights(Medium.SCREEN, 10**6, False).content == PERSONAL[Medium.SCREEN].content


def test_discriminating_features_gain_and_the_sum_stays() -> None:
    few, many = (learn_weights(BY_HAND, make_lesson(n, content=2.0, credits=1.0)) for n in (2, 200))
    assert BY_HAND["content"] < few["content"] < many["content"]
    assert BY_HAND["taste"] > few["taste"] > many["taste"] >= 0
    assert sum(many.values()) == pytest.approx(sum(BY_HAND.values()))
    assert many["content"] == pytest.approx(2 * many["credits"], rel=0.15)


def test_features_against_the_choices_are_dropped_and_unmeasured_ones_stay() -> None:
    lesson = make_lesson(1000, content=1.0, popularity=-2.0, taste=np.nan)
    learned = learn_weights(BY_HAND, lesson)
    assert learned["taste"] == BY_HAND["taste"]
    assert learned["popularity"] < 0.01


def test_two_correlated_features_share_the_weight_of_one() -> None:
    together = APART.copy()
    together[0, 1] = together[1, 0] = 1.0
    alone = make_lesson(1000, taste=1.0, affinity=1.0).discriminant_weights()
    pair = replace(make_lesson(1000, taste=1.0, content=1.0, affinity=1.0), correlations=together)
    doubled = pair.discriminant_weights()
    assert doubled["taste"] == pytest.approx(doubled["content"])
    assert doubled["taste"] + doubled["content"] == pytest.approx(alone["taste"], rel=0.1)
    assert doubled["affinity"] == pytest.approx(alone["affinity"])


def test_a_feature_missing_for_some_choices_is_averaged_over_the_others() -> None:
    def choose(**shifts: float) -> ChoiceStatistics:
        return ChoiceStatistics(np.array([shifts.get(name, np.nan) for name in FEATURES], dtype=np.float32), APART)

    statistics = average_choices([choose(content=1.0, credits=3.0), choose(content=2.0)])
    assert statistics is not None and statistics.choices == 2
    mean = dict(zip(FEATURES, statistics.mean_shifts.tolist(), strict=True))
    assert (mean["content"], mean["credits"]) == (1.5, 3.0)
    assert np.isnan(mean["taste"])
    assert average_choices([]) is None
