"""Training on a checkerboard library: two groups that never mix, so the right ranking is known."""

import errno
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pytest
import torch

from mediarec.library.errors import MediarecError, NotUnderstoodError, UnavailableError
from recommender.sequence.config import RankerConfig
from recommender.sequence.events import EVENT_INDEX, REFERENCE_EVENT, UNKNOWN_GAP, bucket_gaps
from recommender.sequence.serving import SequenceRanker
from recommender.training.movielens import TrainingData
from recommender.training.onnx_export import export_network
from recommender.training.scoring import NetworkScorer
from recommender.training.trainer import DivergedError, Progress, Trainer, TrainingConfig

CONFIG = RankerConfig(
    dims=16, heads=2, length=10, tower_hidden=24, dropout=0.1, modality_dims={"text": 8, "image": 6, "audio": 4}
)
PLAN = TrainingConfig(epochs=6, minutes=5, batch=16, rate=5e-3, warmup_steps=5, validate_people=40, patience=50)
ITEMS = 40


def make_checkerboard() -> TrainingData:
    """Even and odd items have different vectors, and each person has events of only one group."""
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
    first = Trainer(CONFIG, PLAN, make_checkerboard(), tmp_path)

    def pull_the_plug(progress: Progress) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.run(pull_the_plug)
    second = Trainer(CONFIG, PLAN, make_checkerboard(), tmp_path)
    assert second.resume()
    second.run()
    assert second.state.epoch == whole.state.epoch
    assert second.state.best_ndcg == whole.state.best_ndcg
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name


def test_a_checkpoint_of_another_run_is_rejected(tmp_path: Path) -> None:
    Trainer(CONFIG, PLAN, make_checkerboard(), tmp_path).save()
    other = Trainer(CONFIG, replace(PLAN, seed=2), make_checkerboard(), tmp_path)
    with pytest.raises(NotUnderstoodError, match="other data, seed or shape"):
        other.resume()


def test_withheld_items_are_neither_input_nor_negative() -> None:
    withheld = frozenset({0, 1, 2, 3})
    trainer = Trainer(CONFIG, replace(PLAN, withheld=withheld), make_checkerboard())
    batch = trainer.reader.collate_training(trainer.people[:20], 2, np.random.default_rng(0))
    targets = batch.targets[batch.weights > 0]
    assert len(targets)
    assert not set(targets.tolist()) & withheld
    events = [trainer.reader.read(row, 2).items for row in trainer.people]
    assert not set(np.concatenate(events).tolist()) & withheld
    assert not trainer.allowed[:4].any()
    assert batch.items.shape == batch.targets.shape


def test_an_empty_data_set_raises_an_error(tmp_path: Path) -> None:
    data = replace(make_checkerboard(), sequences=[np.array([1, 2])])
    with pytest.raises(NotUnderstoodError, match="nothing to train on"):
        Trainer(CONFIG, PLAN, data)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trainer, Path]:
    """A network after one epoch with its exported graphs; once per module, since the export takes seconds."""
    folder = tmp_path_factory.mktemp("rankers") / "weights"
    trainer = Trainer(CONFIG, replace(PLAN, epochs=1), make_checkerboard())
    export_network(trainer.run(), folder, {"name": "test", "version": "1", "trained_modalities": ["text"]})
    return trainer, folder


def test_the_exported_graphs_give_the_same_vectors_as_torch(exported: tuple[Trainer, Path]) -> None:
    trainer, folder = exported
    data, network = trainer.data, trainer.network
    ranker = SequenceRanker.load(folder)
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


def test_without_types_and_times_in_training_they_stay_neutral() -> None:
    trainer = Trainer(CONFIG, replace(PLAN, epochs=2), make_checkerboard())
    person = trainer.run().person
    items = torch.randn(1, 6, 16, generator=torch.Generator().manual_seed(1))
    plain = person(items, torch.full((1, 6), REFERENCE_EVENT), torch.full((1, 6), UNKNOWN_GAP))
    typed = person(items, torch.tensor([[1, 2, 5, 7, 9, 10]]), torch.tensor([[0, 1, 2, 5, 9, 12]]))
    assert torch.equal(plain, typed)
    assert person.bias.abs().max() > 1e-3  # what all events share has been learnt


def test_event_types_are_learned_if_the_data_has_them() -> None:
    data = make_checkerboard()
    kinds = [np.where(np.arange(12) % 2, EVENT_INDEX["liked"], REFERENCE_EVENT) for _ in data.sequences]
    trainer = Trainer(CONFIG, replace(PLAN, epochs=2), replace(data, types=kinds))
    types = trainer.run().person.types.weight
    assert types[EVENT_INDEX["liked"]].abs().max() > 1e-3
    assert not types[REFERENCE_EVENT].any()


def test_constant_scores_rank_the_target_last() -> None:
    trainer = Trainer(CONFIG, PLAN, make_checkerboard())
    tower = trainer.averaged.tower
    assert tower is not None
    with torch.no_grad():
        for parameter in tower.out.parameters():
            parameter.zero_()
    hit_rate, _ = trainer.evaluate(held_back=1)  # every score is the same
    assert hit_rate == 0
    with torch.no_grad():
        tower.out.bias.fill_(float("nan"))
    assert trainer.evaluate(held_back=1) == (0, 0)


def test_diverged_training_raises_an_error() -> None:
    trainer = Trainer(CONFIG, PLAN, make_checkerboard())
    with torch.no_grad():
        trainer.network.person.bias.fill_(float("inf"))
    with pytest.raises(DivergedError, match="epoch 1"):
        trainer.run()


def test_an_error_names_the_item_of_a_vector_with_nan() -> None:
    data = replace(make_checkerboard(), names=[f"Film {row}" for row in range(ITEMS)])
    data.vectors["text"][3] = np.nan
    with pytest.raises(NotUnderstoodError, match="text vector of Film 3"):
        Trainer(CONFIG, PLAN, data)


def test_vectors_of_another_width_are_rejected() -> None:
    with pytest.raises(NotUnderstoodError, match="text vectors of 9 numbers; these have 8"):
        Trainer(replace(CONFIG, modality_dims={**CONFIG.modality_dims, "text": 9}), PLAN, make_checkerboard())


def test_early_stopping_ignores_withheld_events() -> None:
    data = make_checkerboard()
    withheld = frozenset(range(10))
    trainer = Trainer(CONFIG, replace(PLAN, withheld=withheld), data)
    validated = {int(data.sequences[row][-2]) for row in trainer._sample_people()}
    assert validated
    assert not validated & withheld


def test_an_error_names_a_damaged_checkpoint(tmp_path: Path) -> None:
    trainer = Trainer(CONFIG, PLAN, make_checkerboard(), tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"half a file")
    with pytest.raises(NotUnderstoodError, match=r"checkpoint\.pt"):
        trainer.resume()


def test_an_untrained_modality_does_not_affect_serving(exported: tuple[Trainer, Path]) -> None:
    data, ranker = exported[0].data, SequenceRanker.load(exported[1])
    text, audio = data.vectors["text"], np.full((ITEMS, 4), 0.5, dtype=np.float32)
    present = np.ones(ITEMS, bool)
    alone = ranker.embed_items({"text": text}, {"text": present})
    with_audio = ranker.embed_items({"text": text, "audio": audio}, {"text": present, "audio": present})
    assert np.array_equal(alone, with_audio)


def test_an_error_names_damaged_weights(tmp_path: Path) -> None:
    (tmp_path / "ranker.json").write_text("{}")
    with pytest.raises(MediarecError, match=str(tmp_path)):
        SequenceRanker.load(tmp_path)


def test_gaps_are_buckets_of_the_time_since_the_previous_event() -> None:
    day = 86400.0
    buckets = bucket_gaps([10 * day, 9 * day, 9 * day - 30])
    assert buckets[0] == 0
    assert buckets[1] > buckets[2] >= 1


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(CONFIG, replace(PLAN, epochs=1), make_checkerboard(), tmp_path)
    trainer.run()

    def fill_up(content: object, file: IO[bytes]) -> None:
        file.write(b"the first half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", fill_up)
        with pytest.raises(UnavailableError, match=r"No space left on device.*The last one is kept"):
            trainer.save()
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    again = Trainer(CONFIG, replace(PLAN, epochs=1), make_checkerboard(), tmp_path)
    assert again.resume()
    assert again.state.epoch == 1


def test_people_with_few_many_and_no_events_are_all_ranked() -> None:
    data = make_checkerboard()
    scorer = NetworkScorer(Trainer(CONFIG, replace(PLAN, epochs=1), data).run(), data, "few and many")
    many = np.resize(np.arange(ITEMS), 20_000)
    scores = scorer.score([many[:0], many[:1], many[:2], many])
    assert np.isfinite(scores).all()
    assert not scores[0].any()  # nothing is known, so nothing is claimed
    assert all(row.any() for row in scores[1:])
    assert np.allclose(scores[3], scorer.score([many[-CONFIG.length :]])[0], atol=1e-5)


def test_an_item_without_any_vector_is_scored_and_affects_no_other() -> None:
    data = make_checkerboard()
    data.present["text"][5] = False
    trainer = Trainer(CONFIG, replace(PLAN, epochs=1), data)
    scores = NetworkScorer(trainer.run(), data, "bare").score([events[:-1] for events in data.sequences[:4]])
    assert np.isfinite(scores).all()


def test_feature_dropout_trains_the_metadata_only_vectors() -> None:
    """Metadata-only vectors use other dimensions than full ones: only training with dropout learns them."""
    whole = make_checkerboard()
    rng = np.random.default_rng(3)
    plain = rng.normal(size=(ITEMS, 8)).astype(np.float32) * 0.3
    plain[0::2, 6] += 1
    plain[1::2, 7] += 1
    data = replace(whole, metadata_only={"text": plain})
    seen_plain = replace(whole, vectors={**whole.vectors, "text": plain})
    hit_rates = []
    for share in (0.0, 0.5):
        trainer = Trainer(CONFIG, replace(PLAN, epochs=20, plain_share=share), data)
        trainer.run()
        trainer.vectors = {name: torch.from_numpy(rows) for name, rows in seen_plain.vectors.items()}
        hit_rates.append((trainer.rank_targets(held_back=1, people=trainer.people) < 9).mean())
    assert hit_rates[1] > 0.9
    assert hit_rates[0] < 0.7
