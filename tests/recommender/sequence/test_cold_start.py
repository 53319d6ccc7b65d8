"""Cold-start smoothing: new items use the scores of their content neighbours; known items are unchanged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recommender.sequence.cold_start import NeighbourSmoothing
from recommender.sequence.config import SmoothingConfig
from recommender.training.checkpoint_archive import archive_network, load_archived
from recommender.training.recipes import Recipe, train_recipe
from recommender.training.scoring import NetworkScorer
from tests.recommender.training.test_trainer import CONFIG, PLAN, make_checkerboard

SIMPLE = SmoothingConfig(lenders=2, temperature=0.1, own=0.0, half=10.0, most_events=5)
CONTENT = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [1.0, 0.05]])  # the last one is like the first two
NOBODY_IN_PARTICULAR = torch.zeros(2)


def test_a_new_item_gets_the_scores_of_its_content_neighbours() -> None:
    smoothing = NeighbourSmoothing.find(SIMPLE, CONTENT, torch.tensor([50.0, 50.0, 50.0, 0.0]), NOBODY_IN_PARTICULAR)
    assert smoothing is not None
    assert smoothing.rows.tolist() == [3]
    assert sorted(smoothing.lenders[0].tolist()) == [0, 1]
    chances = torch.tensor([[0.6, 0.2, 0.2, 1e-6]])
    smoothed = smoothing.smooth(chances.log(), torch.zeros(1, 2), CONTENT).exp()
    assert smoothed[0, :3].tolist() == pytest.approx([0.6, 0.2, 0.2])
    assert 0.2 < smoothed[0, 3].item() < 0.6


def test_smoothing_decreases_with_events_and_ends_at_the_threshold() -> None:
    needs = []
    for events in (0.0, 2.0, 4.0):
        smoothing = NeighbourSmoothing.find(
            SIMPLE, CONTENT, torch.tensor([50.0, 50.0, 50.0, events]), NOBODY_IN_PARTICULAR
        )
        assert smoothing is not None
        needs.append(smoothing.need.item())
    assert needs == pytest.approx([1.0, 10 / 12, 10 / 14])
    assert NeighbourSmoothing.find(SIMPLE, CONTENT, torch.full((4,), 5.0), NOBODY_IN_PARTICULAR) is None
    assert NeighbourSmoothing.find(SIMPLE, CONTENT, torch.zeros(4), NOBODY_IN_PARTICULAR) is None  # nobody could lend


def test_an_items_own_vector_adds_the_difference_from_the_average_person() -> None:
    counts, everybody = torch.tensor([50.0, 50.0, 50.0, 0.0]), torch.tensor([0.5, 0.5])
    smoothing = NeighbourSmoothing.find(replace(SIMPLE, own=1.0), CONTENT, counts, everybody)
    assert smoothing is not None
    keen, average, cool = smoothing.smooth(
        torch.zeros(3, 4), torch.tensor([[1.5, 0.5], [0.5, 0.5], [-0.5, 0.5]]), CONTENT
    )[:, 3].tolist()
    assert average == pytest.approx(0.0, abs=1e-6)
    assert keen == pytest.approx(1.0, abs=1e-6)
    assert cool == pytest.approx(-1.0, abs=1e-6)


def test_withheld_items_are_smoothed_after_training_and_the_smoothing_is_stored(tmp_path: Path) -> None:
    data = make_checkerboard()
    recipe = Recipe(
        replace(CONFIG, is_unit=False, borrowing=replace(SIMPLE, lenders=3)),
        replace(PLAN, epochs=1, withheld=frozenset({2, 3})),
    )
    network, facts = train_recipe(recipe, data, 1, None)
    assert network.borrowing is not None
    assert network.borrowing.rows.tolist() == [2, 3]
    assert not {2, 3} & set(network.borrowing.lenders.flatten().tolist())
    histories = [events[:-1] for events in data.sequences[:5]]
    path = tmp_path / "kept.safetensors"
    archive_network(network, facts, path)
    before, after = (NetworkScorer(net, data, "any").score(histories) for net in (network, load_archived(path).network))
    assert np.allclose(before, after, atol=1e-5)
    network.borrowing = None
    alone = NetworkScorer(network, data, "alone").score(histories)
    assert np.allclose(np.delete(alone, [2, 3], axis=1), np.delete(before, [2, 3], axis=1), atol=1e-5)
    assert not np.allclose(alone[:, 2:4], before[:, 2:4], atol=1e-3)
