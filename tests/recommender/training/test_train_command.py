"""manage.py train on a MovieLens folder: it exports weights, and an interrupted run resumes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.sequence.serving import SequenceRanker
from recommender.training.checkpoint_archive import load_archived
from recommender.training.trainer import Progress

obstacle = MiniLMTextEncoder.find_obstacle()
FILMS = 12


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> None:
    settings.MEDIAREC_HOME = tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    data = tmp_path / "data"
    data.mkdir()
    films = [f"{number}::Film Number {number} (19{60 + number})::Drama" for number in range(1, FILMS + 1)]
    people = [" ".join(map(str, [person, *(1 + rng.permutation(FILMS)[:8])])) for person in range(1, 30)]
    (data / "movies.dat").write_text("\n".join(films), encoding="utf-8")
    (data / "sequences.txt").write_text("\n".join(people), encoding="utf-8")
    return data


def test_a_data_set_needs_a_folder() -> None:
    with pytest.raises(CommandError, match="--data"):
        call_command("train", "--dataset", "ml1m")


def test_a_folder_without_a_data_set_name_is_rejected() -> None:
    with pytest.raises(CommandError, match="--data needs --dataset ml1m"):
        call_command("train", "--data", "somewhere", "--recipe", "full")


@pytest.mark.real_models
@pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")
def test_training_on_everything_includes_the_validation_events(folder: Path, tmp_path: Path) -> None:
    gates = {}
    for name, more in (("part", ()), ("whole", ("--whole",))):
        out = tmp_path / f"ml1m-{name}.safetensors"
        call_command(
            "train", "--dataset", "ml1m", "--data", str(folder), "--recipe", "ids", "--epochs", "1",
            "--out", str(out), *more,
        )  # fmt: skip
        gates[name] = load_archived(out).network.id_gates
    assert bool((gates["whole"] >= gates["part"]).all())
    assert gates["whole"].sum() > gates["part"].sum()


def test_an_error_names_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"gone/sequences\.txt cannot be read"):
        call_command("train", "--dataset", "ml1m", "--data", str(tmp_path / "gone"), "--out", str(tmp_path / "out"))


@pytest.mark.real_models
@pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")
def test_training_on_a_folder_exports_servable_weights(folder: Path, tmp_path: Path) -> None:
    arguments = ["train", "--dataset", "ml1m", "--data", str(folder), "--out", str(tmp_path / "out")]
    call_command(*arguments, "--epochs", "1")
    facts = json.loads((tmp_path / "out" / "ranker.json").read_text())
    assert facts["epochs"] == 1
    assert SequenceRanker.load(tmp_path / "out").trained_modalities == {"text"}  # no posters, so no pictures
    assert not list((tmp_path / "home").rglob("checkpoint.pt"))  # a run that came to its end leaves none


@pytest.mark.real_models
@pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")
def test_a_recipe_with_ids_writes_one_file_and_an_interrupted_run_resumes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is killed after its first epoch."""
    out = tmp_path / "ml1m-ids.safetensors"
    arguments = [
        "train",
        "--dataset",
        "ml1m",
        "--data",
        str(folder),
        "--recipe",
        "ids",
        "--out",
        str(out),
        "--epochs",
        "2",
    ]
    with monkeypatch.context() as patched:
        patched.setattr("worker.management.commands.train.Command._report", pull_the_plug)
        with pytest.raises(KeyboardInterrupt):
            call_command(*arguments)
    assert not out.exists()
    call_command(*arguments, "--resume")
    output = capsys.readouterr().out
    assert "epoch 2:" in output
    assert "epoch 1:" not in output
    archived = load_archived(out)
    assert archived.facts["epochs"] == 2
    assert archived.network.config.id_items == FILMS


def test_a_recipe_with_ids_needs_a_file_name(folder: Path) -> None:
    with pytest.raises(CommandError, match="--out"):
        call_command("train", "--dataset", "ml1m", "--data", str(folder), "--recipe", "full")


def pull_the_plug(command: object, progress: Progress) -> None:
    raise KeyboardInterrupt
