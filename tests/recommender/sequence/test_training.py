"""Training on a checkerboard library: two groups that never mix, so the right answer can be reasoned."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mediarec.library.errors import MediarecError, NotFoundError, NotUnderstoodError
from recommender.sequence.dataset import TrainingData, read_movielens
from recommender.sequence.events import bucket_gaps
from recommender.sequence.export import export_network
from recommender.sequence.network import RankerConfig
from recommender.sequence.serving import SequenceRanker
from recommender.sequence.training import Trainer, TrainingPlan

CONFIG = RankerConfig(
    dims=16, heads=2, length=10, tower_hidden=24, dropout=0.1, modality_dims={"text": 8, "image": 6, "audio": 4}
)
PLAN = TrainingPlan(epochs=6, minutes=5, batch=16, rate=5e-3, warmup_steps=5, validate_people=40, patience=50)
ITEMS = 40


def make_checkerboard() -> TrainingData:
    """Even items and odd items look different, and nobody crosses over."""
    rng = np.random.default_rng(11)
    text = rng.normal(size=(ITEMS, 8)).astype(np.float32) * 0.3
    text[0::2, 0] += 1
    text[1::2, 1] += 1
    sequences = [2 * rng.permutation(ITEMS // 2)[:12] + row % 2 for row in range(60)]
    return TrainingData(
        vectors={
            "text": text,
            "image": np.zeros((ITEMS, 6), dtype=np.float32),
            "audio": np.zeros((ITEMS, 4), dtype=np.float32),
        },
        present={"text": np.ones(ITEMS, bool), "image": np.zeros(ITEMS, bool), "audio": np.zeros(ITEMS, bool)},
        sequences=[events.astype(np.int64) for events in sequences],
        data_hash="checkerboard",
    )


def test_the_right_group_is_ranked_first() -> None:
    trainer = Trainer(CONFIG, PLAN, make_checkerboard())
    trainer.run()
    ranks = trainer.rank_targets(held_back=1, people=trainer.people)
    # Eleven of a group's twenty are history, so a model that knows the groups ranks the target among the first nine.
    assert (ranks < 9).mean() > 0.95


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    whole = Trainer(CONFIG, PLAN, make_checkerboard())
    whole.run()
    Trainer(CONFIG, replace(PLAN, epochs=6), make_checkerboard(), tmp_path)
    first = Trainer(CONFIG, PLAN, make_checkerboard(), tmp_path)
    for _ in range(3):
        first._train_epoch()
        first.state.epoch += 1
        first._keep_best(first.evaluate(2, first._sample_people())[1])
    first.save()
    second = Trainer(CONFIG, PLAN, make_checkerboard(), tmp_path)
    assert second.resume()
    second.run()
    assert second.state.epoch == whole.state.epoch
    for name, value in whole.network.state_dict().items():
        assert torch.allclose(value, second.network.state_dict()[name], atol=1e-3), name


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    Trainer(CONFIG, PLAN, make_checkerboard(), tmp_path).save()
    other = Trainer(CONFIG, replace(PLAN, seed=2), make_checkerboard(), tmp_path)
    with pytest.raises(NotUnderstoodError, match="other data, seed or shape"):
        other.resume()


def test_withheld_items_are_neither_input_nor_rival() -> None:
    withheld = frozenset({0, 1, 2, 3})
    trainer = Trainer(CONFIG, replace(PLAN, withheld=withheld), make_checkerboard())
    inputs, _, _, targets = trainer._collate(trainer.people[:20])
    assert not set(targets.flatten().tolist()) & withheld
    events = [trainer._select(row, 2, 10)[0] for row in trainer.people]
    assert not set(np.concatenate(events).tolist()) & withheld
    assert not trainer.allowed[:4].any()
    assert inputs.shape == targets.shape


def test_nothing_to_train_on_is_said(tmp_path: Path) -> None:
    data = replace(make_checkerboard(), sequences=[np.array([1, 2])])
    with pytest.raises(NotUnderstoodError, match="nothing to train on"):
        Trainer(CONFIG, PLAN, data)


def test_the_exported_graphs_say_what_torch_says(tmp_path: Path) -> None:
    data = make_checkerboard()
    trainer = Trainer(CONFIG, replace(PLAN, epochs=1), data)
    network = trainer.run()
    export_network(network, tmp_path / "weights", {"name": "test", "version": "1"})
    ranker = SequenceRanker.load(tmp_path / "weights")
    items = ranker.embed_items({"text": data.vectors["text"]}, {"text": data.present["text"]})
    with torch.inference_mode():
        expected = network.embed_items(trainer.vectors, trainer.present).numpy()
        people = network.person(
            torch.from_numpy(expected[None, :7]), torch.full((1, 7), 2), torch.zeros(1, 7, dtype=torch.long)
        )
    assert np.abs(items - expected).max() < 1e-4
    # Gaps are untrained here and so count for nothing.
    person = ranker.embed_person(expected[:7], ["finished"] * 7, [float(7 - place) for place in range(7)])
    assert np.abs(person - people[0, -1].numpy()).max() < 1e-4
    assert ranker.embed_person(expected[:0], [], []).tolist() == [0.0] * 16


def test_broken_weights_are_named(tmp_path: Path) -> None:
    (tmp_path / "ranker.json").write_text("{}")
    with pytest.raises(MediarecError, match=str(tmp_path)):
        SequenceRanker.load(tmp_path)


def test_a_folder_without_sequences_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"sequences\.txt"):
        read_movielens(tmp_path, tmp_path / "cache", CONFIG.modality_dims)


def test_gaps_are_buckets_of_the_time_since_the_event_before() -> None:
    day = 86400.0
    buckets = bucket_gaps([10 * day, 9 * day, 9 * day - 30])
    assert buckets[0] == 0
    assert buckets[1] > buckets[2] >= 1
