"""Count-based models against counting by hand, and their storage with the weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.sequence.config import EaseConfig, MarkovChainConfig
from recommender.sequence.ease import Ease
from recommender.sequence.markov_chain import NO_ITEM, MarkovChain, previous_items
from recommender.training.checkpoint_archive import archive_network, load_archived
from recommender.training.ensemble_weights import fit_experts, fit_exponents, set_exponents
from recommender.training.scoring import NetworkScorer
from recommender.training.trainer import Trainer
from tests.recommender.training.test_trainer import CONFIG, ITEMS, PLAN, make_checkerboard

SIMPLE = MarkovChainConfig(window=2, fade=0.5, smoothing=0.0, floor=1e-6, powers=(1.0, 0.5))
CPU = torch.device("cpu")


def count(plan: MarkovChainConfig, *sequences: list[int]) -> MarkovChain:
    return MarkovChain.count(plan, [np.array(sequence) for sequence in sequences], 4, CPU)


def test_a_closer_pair_of_events_counts_more() -> None:
    shares = count(SIMPLE, [0, 1, 2]).logs.exp()
    assert shares[0].tolist() == pytest.approx([0, 2 / 3, 1 / 3, 0], abs=2e-3)
    assert shares[1].tolist() == pytest.approx([0, 0, 1, 0], abs=2e-3)
    assert shares[2].tolist() == pytest.approx([0, 0, 0, 0], abs=2e-3)


def test_the_last_events_are_used_and_the_newest_has_the_highest_exponent() -> None:
    counted = count(SIMPLE, [0, 1], [2, 3])
    items, kinds = torch.tensor([[1, 2, 0], [0, 0, 2]]), torch.tensor([[1, 1, 1], [0, 0, 1]])
    log_scores = counted.log_scores(items, kinds)
    each = counted.log_scores_each(items, kinds)
    assert torch.allclose(log_scores, (each * torch.tensor(SIMPLE.powers)[None, :, None]).sum(dim=1), atol=1e-2)
    assert log_scores[0].argmax() == 1
    assert torch.allclose(log_scores[0], counted.logs[0].float() + counted.logs[2].float() / 2, atol=1e-2)
    assert torch.allclose(log_scores[1], counted.logs[2].float(), atol=1e-2)


def test_padding_is_not_read_as_history() -> None:
    assert previous_items(torch.tensor([[9, 5, 6]]), torch.tensor([[0, 1, 1]]), 3).tolist() == [[6, 5, NO_ITEM]]
    assert previous_items(torch.tensor([[5, 6]]), torch.tensor([[1, 1]]), 3).tolist() == [[6, 5, NO_ITEM]]


def test_ease_neighbours_are_items_that_occur_together() -> None:
    sequences = [np.array(pair) for pair in ([0, 1], [1, 0], [0, 1], [2, 3], [3, 2], [2, 3])]
    fitted = Ease.fit(EaseConfig(ridge=1.0, kept=2), sequences, 4, CPU)
    assert fitted.weights[0].argmax() == 1
    assert fitted.weights[2].argmax() == 3
    assert not fitted.weights.diagonal().any()  # nothing foretells itself


def test_a_recent_neighbour_weighs_more_and_padding_nothing() -> None:
    fitted = Ease(EaseConfig(fade=0.5, powers=(0.0, 1.0)), torch.eye(4))
    log_scores = fitted.log_scores(torch.tensor([[3, 0, 1, 2]]), torch.tensor([[0, 1, 1, 1]]))
    assert log_scores[0].tolist() == pytest.approx([0.25, 0.5, 1.0, 0.0])
    histories, kinds = torch.tensor([[3, 0, 1, 2]]), torch.tensor([[0, 1, 1, 1]])
    everything = fitted.with_exponents((1.0, 0.0)).log_scores(histories, kinds)
    assert everything[0].tolist() == [1, 1, 1, 0]


def test_count_models_and_ids_are_stored_with_the_network(tmp_path: Path) -> None:
    data = make_checkerboard()
    config = replace(
        CONFIG, id_items=ITEMS, is_unit=False, transitions=MarkovChainConfig(), neighbours=EaseConfig(kept=5)
    )
    trainer = Trainer(config, replace(PLAN, epochs=1), data)
    network = trainer.run()
    fit_experts(network, trainer.reader, trainer.people, held_back=2)
    path = tmp_path / "kept" / "ml1m.safetensors"
    archive_network(network, {"seed": 1}, path)
    loaded = load_archived(path)
    assert loaded.facts["seed"] == 1
    histories = [events[:-1] for events in data.sequences[:7]]
    before = NetworkScorer(network, data, "before").score(histories)
    assert np.allclose(NetworkScorer(loaded.network, data, "after").score(histories), before, atol=1e-4)


def test_damaged_and_missing_weights_raise_an_error_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        load_archived(tmp_path / "gone.safetensors")
    (tmp_path / "half.safetensors").write_bytes(b"half of a file")
    with pytest.raises(NotUnderstoodError, match=r"half\.safetensors does not hold weights"):
        load_archived(tmp_path / "half.safetensors")


def test_weights_with_nan_are_rejected(tmp_path: Path) -> None:
    trainer = Trainer(CONFIG, replace(PLAN, epochs=1), make_checkerboard())
    with torch.no_grad():
        trainer.network.person.bias[0] = float("nan")
    archive_network(trainer.network, {}, tmp_path / "nan.safetensors")
    with pytest.raises(NotUnderstoodError, match=r"not finite numbers, in person\.bias"):
        load_archived(tmp_path / "nan.safetensors")


def test_fitted_exponents_are_high_for_informative_counts_and_low_for_noise() -> None:
    """Every sequence goes up by two: the untrained network cannot know this, the count models can."""
    data = replace(make_checkerboard(), sequences=[(np.arange(12) * 2 + row) % ITEMS for row in range(60)])
    config = replace(CONFIG, id_items=ITEMS, transitions=MarkovChainConfig(powers=(0.5, 0.5), window=1))
    trainer = Trainer(config, PLAN, data)
    network = trainer.averaged.eval()
    fit_experts(network, trainer.reader, trainer.people, held_back=2)
    with torch.no_grad():
        items = network.embed_items(trainer.vectors, trainer.present)
    [powers] = fit_exponents(network, trainer.reader, items, trainer.people)
    assert powers[0] > 3 * powers[1]
    set_exponents(network, (powers,))
    assert network.config.transitions is not None
    assert network.config.transitions.powers == powers
    assert (trainer.rank_targets(held_back=1, people=trainer.people) == 0).all()


@pytest.mark.parametrize("loss", ["sampled", "gbce"])
def test_the_other_losses_learn_the_groups_too(loss: str) -> None:
    plan = replace(PLAN, loss=loss, negatives=16, epochs=60)
    trainer = Trainer(replace(CONFIG, id_items=ITEMS, is_unit=False), plan, make_checkerboard())
    trainer.run()
    assert (trainer.rank_targets(held_back=1, people=trainer.people) < 9).mean() > 0.9


def test_nested_widths_rank_by_themselves() -> None:
    data = make_checkerboard()
    trainer = Trainer(replace(CONFIG, widths=(4,), id_items=ITEMS), PLAN, data)
    network = trainer.run()
    short = NetworkScorer(network, data, "short", width=4).score([events[:-1] for events in data.sequences])
    best = short.argmax(axis=1)
    own_group = np.array([events[0] % 2 for events in data.sequences])
    assert (best % 2 == own_group).mean() > 0.95
