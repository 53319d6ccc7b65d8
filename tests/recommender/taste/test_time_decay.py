"""One half-life and one floor, the same for a single event and for many."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.taste.time_decay import DECAY, TimeDecay


def test_a_weight_halves_with_each_half_life_down_to_the_floor() -> None:
    decay = TimeDecay(half_life_days=10.0, floor=0.2)
    assert [decay.weight(days) for days in (0, 10, 20, 30, 1000)] == [1.0, 0.5, 0.25, 0.2, 0.2]


def test_an_array_of_ages_gives_the_weight_of_each() -> None:
    ages = np.array([0.0, 1.0, 240.0, 500.0, 1e6], dtype=np.float32)
    assert DECAY.weights(ages).tolist() == pytest.approx([DECAY.weight(age) for age in ages.tolist()])


def test_an_unknown_age_does_not_decay() -> None:
    assert DECAY.weights(np.array([np.nan], dtype=np.float32)).tolist() == [1.0]
