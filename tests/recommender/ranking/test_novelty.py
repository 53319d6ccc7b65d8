"""The novelty dial: below its middle the familiar gains, above it the unfamiliar does."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.ranking import novelty
from recommender.ranking.diversity import DiversitySettings
from recommender.types import Candidate

COLUMNS = {
    "content": np.array([0.9, 0.1], dtype=np.float32),  # the first is familiar, by one standard deviation
    "affinity": np.array([2.0, 0.0], dtype=np.float32),
}
SCORES = np.array([0.5, 0.5], dtype=np.float32)
CANDIDATES = (Candidate(1, "film", {}), Candidate(2, "film", {}))


@pytest.mark.parametrize(
    ("dial", "familiar", "unfamiliar"), [(0.3, 0.5, 0.5), (0.0, 0.575, 0.425), (0.7, 0.4, 0.6), (1.0, 0.325, 0.675)]
)
def test_the_dial_moves_scores_by_a_quarter_per_deviation(dial: float, familiar: float, unfamiliar: float) -> None:
    moved = novelty.adjust_scores(SCORES, COLUMNS, CANDIDATES, dial)
    assert moved.tolist() == pytest.approx([familiar, unfamiliar], abs=1e-6)


def test_candidates_of_exploration_gain_only_above_the_neutral_setting() -> None:
    explorers = (Candidate(1, "film", {"explore": 1.0}), Candidate(2, "film", {}))
    level = {name: np.zeros(2, dtype=np.float32) for name in COLUMNS}
    assert novelty.adjust_scores(SCORES, level, explorers, 0.8).tolist() == pytest.approx([0.5 + 0.35 * 0.5, 0.5])
    assert novelty.adjust_scores(SCORES, level, explorers, 0.1).tolist() == pytest.approx([0.5, 0.5])


def test_scores_stay_within_their_bounds() -> None:
    edges = np.array([0.99, 0.01], dtype=np.float32)
    assert novelty.adjust_scores(edges, COLUMNS, CANDIDATES, 0.0).tolist() == [1.0, 0.0]


def test_the_dial_turned_up_gives_relevance_away_for_variety_and_turned_down_takes_none_back() -> None:
    spread = DiversitySettings(relevance=0.75)
    assert novelty.increase_diversity(spread, 1.0).relevance == pytest.approx(0.75 - 0.2 * 0.7)
    assert novelty.increase_diversity(spread, 0.0).relevance == 0.75
