"""Counted transitions against counting by hand, and kept weights with them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.sequence.config import TransitionPlan
from recommender.sequence.keeping import keep, load_kept
from recommender.sequence.scoring import NetworkScorer
from recommender.sequence.training import Trainer
from recommender.sequence.transitions import NOBODY, Transitions, look_ahead, look_back
from tests.recommender.sequence.test_training import CONFIG, ITEMS, PLAN, make_checkerboard

SIMPLE = TransitionPlan(window=2, fade=0.5, read=2, read_fade=0.5, smoothing=0.0, floor=1e-6)
CPU = torch.device("cpu")


def count(plan: TransitionPlan, *sequences: list[int]) -> Transitions:
    return Transitions.count(plan, [np.array(sequence) for sequence in sequences], 4, CPU)


def test_the_nearer_pair_counts_more() -> None:
    table = count(SIMPLE, [0, 1, 2]).table
    assert table[0].tolist() == pytest.approx([0, 2 / 3, 1 / 3, 0], abs=1e-3)
    assert table[1].tolist() == pytest.approx([0, 0, 1, 0], abs=1e-3)
    assert not table[2].any()


def test_the_last_events_are_asked_and_the_newest_speaks_loudest() -> None:
    found = count(SIMPLE, [0, 1], [2, 3]).log_prior(torch.tensor([[0, 2], [2, NOBODY]])).exp()
    assert found[0].tolist() == pytest.approx([0, 1, 0, 0.5], abs=1e-3)
    assert found[1].tolist() == pytest.approx([0, 0, 0, 1], abs=1e-3)


def test_a_sequence_does_not_foretell_itself() -> None:
    """What is left of the counts for its own next events is what they would be had the sequence never been counted."""
    others = [[0, 1, 3], [1, 2, 3]]
    own = [1, 2, 0, 3]
    everyone, without = count(SIMPLE, *others, own), count(SIMPLE, *others)
    items, kinds = torch.tensor([own[:-1]]), torch.ones(1, 3, dtype=torch.long)
    recent = look_back(items, kinds, 2)[0]
    ahead = look_ahead(torch.tensor([own[1:]]), torch.ones(1, 3), 2)[0]
    found = everyone.log_prior(recent, ahead).exp()
    for place in range(3):
        for later in own[place + 1 :][:2]:
            expected = 0.0
            for row, fade in zip(recent[place].tolist(), (1.0, 0.5), strict=True):
                if row != NOBODY:
                    expected += fade * float(without.table[row, later] * without.totals[row] / everyone.totals[row])
            assert float(found[place, later]) == pytest.approx(expected, abs=2e-3)


def test_looking_back_stops_at_padding() -> None:
    back = look_back(torch.tensor([[9, 5, 6]]), torch.tensor([[0, 1, 1]]), 3)
    assert back[0].tolist() == [[NOBODY, NOBODY, NOBODY], [5, NOBODY, NOBODY], [6, 5, NOBODY]]


def test_counted_transitions_and_ids_are_kept_with_the_network(tmp_path: Path) -> None:
    data = make_checkerboard()
    config = replace(CONFIG, id_items=ITEMS, is_unit=False, transitions=TransitionPlan())
    trainer = Trainer(config, replace(PLAN, epochs=1), data)
    network = trainer.run()
    path = tmp_path / "kept" / "ml1m.safetensors"
    keep(network, {"seed": 1}, path)
    kept = load_kept(path)
    assert kept.facts["seed"] == 1
    histories = [events[:-1] for events in data.sequences[:7]]
    before = NetworkScorer(network, data, "before").score(histories)
    assert np.allclose(NetworkScorer(kept.network, data, "after").score(histories), before, atol=1e-4)


def test_broken_and_missing_weights_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is not there"):
        load_kept(tmp_path / "gone.safetensors")
    (tmp_path / "half.safetensors").write_bytes(b"half of a file")
    with pytest.raises(NotUnderstoodError, match=r"half\.safetensors does not hold weights"):
        load_kept(tmp_path / "half.safetensors")


def test_weights_with_a_hole_are_refused(tmp_path: Path) -> None:
    trainer = Trainer(CONFIG, replace(PLAN, epochs=1), make_checkerboard())
    with torch.no_grad():
        trainer.network.person.bias[0] = float("nan")
    keep(trainer.network, {}, tmp_path / "nan.safetensors")
    with pytest.raises(NotUnderstoodError, match=r"no number, in person\.bias"):
        load_kept(tmp_path / "nan.safetensors")


def test_the_prior_learns_how_much_it_may_say() -> None:
    config = replace(CONFIG, id_items=ITEMS, transitions=TransitionPlan())
    trainer = Trainer(config, replace(PLAN, epochs=2), make_checkerboard())
    network = trainer.run()
    assert network.prior_power is not None
    assert float(network.prior_power.detach()) != 1.0


def test_transitions_without_ids_are_refused() -> None:
    with pytest.raises(NotUnderstoodError, match="need IDs"):
        Trainer(replace(CONFIG, transitions=TransitionPlan()), PLAN, make_checkerboard())


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
