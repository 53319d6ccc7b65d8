"""Known answers: z-scores along a direction, a fact of the row or numbers by item, times the weight."""

from __future__ import annotations

import pytest

from recommender.ranking.preference_directions import PreferenceDirection
from recommender.types import Candidate
from tests.recommender.builders import make_item, unit

CANDIDATES = [Candidate(item_id, "film", {}) for item_id in (1, 2, 3)]
ITEMS = {1: make_item(1, year=1990), 2: make_item(2, year=2010), 3: make_item(3)}


def measure(direction: PreferenceDirection, **text: object) -> list[float]:
    vectors = {1: unit(1, 0), 2: unit(0, 1)}
    return [float(value) for value in direction.measure(CANDIDATES, ITEMS, vectors)]


def test_a_direction_is_measured_in_standard_deviations_times_its_weight() -> None:
    assert measure(PreferenceDirection(2.0, unit(1, 0))) == pytest.approx([2.0, -2.0, 0.0])
    assert measure(PreferenceDirection(-0.5, unit(1, 0))) == pytest.approx([-0.5, 0.5, 0.0])


def test_a_fact_of_the_row_is_measured_the_same_way_and_what_is_unknown_counts_as_average() -> None:
    assert measure(PreferenceDirection(1.5, fact="year")) == pytest.approx([-1.5, 1.5, 0.0])


def test_numbers_by_item_are_measured_the_same_way() -> None:
    assert measure(PreferenceDirection(1.0, numbers={1: 120.0, 3: 60.0})) == pytest.approx([1.0, 0.0, -1.0])


def test_a_constant_column_changes_no_score() -> None:
    assert measure(PreferenceDirection(3.0, numbers={1: 5.0, 2: 5.0, 3: 5.0})) == [0.0, 0.0, 0.0]
