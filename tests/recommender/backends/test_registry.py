"""Which backend fills each slot, and why: read from packages, files and rows, without loading a model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from mediarec.library.errors import UnavailableError
from recommender.backends import ranker_weights, registry
from recommender.models import TrainedRanker
from recommender.sequence import serving
from recommender.vectors import spaces
from tests.recommender.enrichment.fakes import FakeEncoder

pytestmark = pytest.mark.django_db


class Absent(FakeEncoder):
    @staticmethod
    def find_obstacle() -> str:
        return "No absent model: it is not installed."


class Present(FakeEncoder):
    unloaded = 0

    def __init__(self) -> None:
        super().__init__("text")

    def unload(self) -> None:
        type(self).unloaded += 1


def dotted_path(backend: type) -> str:
    return f"{__name__}.{backend.__name__}"


@pytest.fixture
def slots(settings: Settings) -> dict[str, list[str]]:
    settings.MODEL_SLOTS = {
        **settings.MODEL_SLOTS,
        "text": [dotted_path(Absent), dotted_path(Present)],
        "audio": [dotted_path(Absent)],
    }
    registry.unload_idle(0)
    model_slots: dict[str, list[str]] = settings.MODEL_SLOTS
    return model_slots


def describe(slot: str) -> registry.SlotStatus:
    return next(status for status in registry.describe_slots() if status.slot == slot)


def test_every_slot_is_described_in_whole_sentences() -> None:
    statuses = registry.describe_slots()
    assert [status.slot for status in statuses] == ["text", "image", "audio", "llm", "ranker"]
    for status in statuses:
        assert status.state in {"ready", "fallback", "starting", "missing"}
        assert status.reason.endswith(".")
        assert status.is_fallback == (status.state != "ready")


def test_the_first_backend_that_can_run_is_taken_and_the_reason_names_the_others(slots: dict[str, list[str]]) -> None:
    status = describe("text")
    assert (status.backend, status.state, status.is_fallback) == ("fake text", "fallback", True)
    assert status.reason == "No absent model: it is not installed. Using a fake."


def test_an_empty_slot_says_what_is_unavailable(slots: dict[str, list[str]]) -> None:
    status = describe("audio")
    assert (status.backend, status.state) == ("none", "missing")
    assert "sound is not compared" in status.reason
    assert registry.load_encoder("audio") is None


def test_an_encoder_is_cached_while_in_use_and_unloaded_when_idle(slots: dict[str, list[str]]) -> None:
    first = registry.load_encoder("text")
    assert registry.load_encoder("text") is first
    assert registry.unload_idle(3600) == 0
    before = Present.unloaded
    assert registry.unload_idle(0) == 1
    assert Present.unloaded == before + 1
    assert registry.load_encoder("text") is not first


def test_a_query_is_embedded_by_the_model_that_read_the_library(slots: dict[str, list[str]]) -> None:
    vector = registry.embed_query("slow  films ")
    assert vector.shape == (8,)
    assert (registry.embed_query("slow films") == vector).all()
    spaces.open_space(spaces.SpaceKey("text", "another model", "1", 8))
    with pytest.raises(UnavailableError, match="Search by meaning is off"):
        registry.embed_query("slow films")


def test_without_an_address_sentences_come_from_templates(settings: Settings) -> None:
    assert registry.load_generator() is None
    assert describe("llm").backend == "templates"
    assert "templates" in describe("llm").reason


def test_an_address_that_does_not_answer_is_reported(settings: Settings) -> None:
    settings.LLM_URL = "http://127.0.0.1:9/v1"  # the discard port: nothing listens there
    assert registry.load_generator() is None
    status = describe("llm")
    assert (status.backend, status.is_fallback) == ("templates", True)
    assert "does not answer" in status.reason


def test_the_address_file_of_the_running_model_server_is_read(settings: Settings) -> None:
    folder = Path(settings.MEDIAREC_HOME) / "run"
    folder.mkdir(parents=True)
    (folder / "llm.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "model": "SmolLM2"}))
    assert "SmolLM2 on this machine" in describe("llm").reason
    (folder / "llm.json").write_text('{"url": ')
    assert "does not answer" not in describe("llm").reason


def write_metadata(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "ranker.json").write_text(json.dumps({"name": "seq", "version": version, "config": {"dims": 64}}))
    return folder


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_metadata(tmp_path / "shipped", "public-1")
    monkeypatch.setattr(serving, "SHIPPED_WEIGHTS", folder)
    return folder


def test_shipped_weights_are_described_as_such(shipped: Path) -> None:
    status = describe("ranker")
    assert (status.backend, status.version, status.dims, status.is_fallback) == ("seq", "public-1", 64, True)
    assert "shipped with the project" in status.reason


def test_the_households_own_ranker_comes_first(shipped: Path, tmp_path: Path) -> None:
    folder = write_metadata(tmp_path / "own", "own-1")
    TrainedRanker.objects.create(version="own-1", folder=str(folder), data_hash="x", state=TrainedRanker.State.LIVE)
    status = describe("ranker")
    assert (status.version, status.state) == ("own-1", "ready")


def test_missing_own_weights_fall_back_and_say_so(shipped: Path) -> None:
    TrainedRanker.objects.create(version="own-1", folder="/nowhere", data_hash="x", state=TrainedRanker.State.LIVE)
    status = describe("ranker")
    assert status.version == "public-1"
    assert "/nowhere cannot be read" in status.reason


def test_unreadable_weights_fall_back_to_content_similarity(shipped: Path) -> None:
    assert registry.current_ranker() is None  # a note without graphs
    assert describe("ranker").backend == "content similarity"


def test_a_new_ranker_takes_over_when_its_space_serves(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loaded:
        def __init__(self, folder: Path) -> None:
            self.version = json.loads((folder / "ranker.json").read_text())["version"]

    monkeypatch.setattr(serving.SequenceRanker, "load", classmethod(lambda _, folder: Loaded(folder)))
    spaces.open_space(spaces.SpaceKey("taste", "seq", "public-1", 64))
    folder = write_metadata(tmp_path / "own", "own-2")
    TrainedRanker.objects.create(version="own-2", folder=str(folder), data_hash="x", state=TrainedRanker.State.LIVE)
    newest, current = ranker_weights.load_newest(), registry.current_ranker()
    assert newest is not None and newest.version == "own-2"
    assert current is not None and current.version == "public-1"
    spaces.serve_space(spaces.open_space(spaces.SpaceKey("taste", "seq", "own-2", 64)))
    current = registry.current_ranker()
    assert current is not None and current.version == "own-2"


def test_describing_the_slots_loads_no_heavy_library() -> None:
    """In a separate interpreter; the database is not queried."""
    script = (
        "import django, sys; django.setup();"
        "from recommender.backends import registry;"
        "[registry._describe_encoder(slot) for slot in registry.ENCODER_SLOTS];"
        "heavy = {'torch', 'open_clip', 'llama_cpp', 'librosa', 'av', 'onnxruntime'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert process.returncode == 0, process.stderr


def test_a_query_vector_is_shared_and_cannot_be_changed(slots: dict[str, list[str]]) -> None:
    vector = registry.embed_query("loud music")
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1.0
    assert np.isfinite(vector).all()
