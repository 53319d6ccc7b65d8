"""Going live, rolling back and baselines: only metadata of weights is read, none are loaded."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from mediarec.library.errors import NotFoundError, UnavailableError
from recommender.backends import ranker_weights
from recommender.enrichment import item_embeddings
from recommender.finetuning.versions import baseline_version, register, roll_back, store_metrics
from recommender.models import EmbeddingSpace, TrainedRanker
from recommender.vectors import spaces
from tests.recommender.checkerboard import DIMS, make_board
from tests.recommender.finetuning.test_holdout import LastSeen

pytestmark = pytest.mark.django_db


def write_note(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    note = {"name": "fake", "version": version, "config": {"dims": DIMS}}
    (folder / "ranker.json").write_text(json.dumps(note), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _notes_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shipped weights with the version "shipped"; loading any weights gives a ranker without files."""
    shipped = write_note(tmp_path / "shipped", "shipped")
    monkeypatch.setattr(ranker_weights, "find_shipped", lambda: shipped)
    monkeypatch.setattr(ranker_weights, "_load", lambda choice: LastSeen(choice.version))


def go_live(tmp_path: Path, version: str, is_live: bool = True) -> TrainedRanker:
    return register(version, write_note(tmp_path / version, version), "hash", {}, is_live)


def test_rolling_back_and_back_again_ends_where_it_began(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    go_live(tmp_path, "second")
    done = roll_back()
    assert done.sentence.startswith("first ranks again; second is kept")
    assert ranker_weights.find_current().version == "first"
    assert roll_back().version == "second"
    assert ranker_weights.find_current().version == "second"


def test_rolling_back_to_the_shipped_weights_can_be_undone(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    assert roll_back().version == "shipped"
    assert ranker_weights.find_current().is_fallback
    assert roll_back().version == "first"


def test_rolling_back_restores_the_previously_live_weights_not_the_previously_trained(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    roll_back()
    go_live(tmp_path, "second")  # from the shipped ones
    assert roll_back().version == "shipped"


def test_rolling_back_without_former_weights_raises_an_error(tmp_path: Path) -> None:
    go_live(tmp_path, "worse", is_live=False)
    with pytest.raises(NotFoundError, match="nothing to go back to"):
        roll_back()


def test_rolling_back_to_unreadable_weights_raises_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_live(tmp_path, "first")
    go_live(tmp_path, "second")
    monkeypatch.setattr(ranker_weights, "_load", lambda choice: None)
    with pytest.raises(UnavailableError, match=r"first .* cannot be read; nothing was changed"):
        roll_back()
    assert ranker_weights.find_current().version == "second"


def test_damaged_weights_leave_the_current_ones_live(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    (Path(go_live(tmp_path, "second").folder) / "ranker.json").write_text('{"name": "fa', encoding="utf-8")
    current = ranker_weights.find_current()
    assert current.version == "first"
    assert "second cannot be read. Using the former ones." in current.reason


def test_stored_vectors_of_the_former_weights_serve_again_without_embedding(tmp_path: Path) -> None:
    board = make_board()
    count = sum(len(items) for items in board.values())
    for version in ("first", "second", "third"):
        go_live(tmp_path, version)
        for _ in item_embeddings.embed_pending(LastSeen(version)):
            pass
    embedding_spaces = EmbeddingSpace.objects.filter(modality="taste").order_by("pk")
    assert [space.version for space in embedding_spaces] == ["second", "third"]
    assert [space.embeddings.count() for space in embedding_spaces] == [count, count]
    assert roll_back().items_left == 0
    serving = spaces.serving_space("taste")
    assert serving is not None and serving.version == "second"
    current = ranker_weights.load_current()
    assert current is not None and current.version == "second"


def test_missing_vectors_are_reported(tmp_path: Path) -> None:
    board = make_board()
    go_live(tmp_path, "first")
    go_live(tmp_path, "second")
    done = roll_back()
    assert done.items_left == sum(len(items) for items in board.values())
    assert f"{done.items_left} items are embedded for it first" in done.sentence


def test_last_weeks_weights_are_those_live_seven_days_ago(tmp_path: Path) -> None:
    assert baseline_version() is None
    now, times = timezone.now(), {}
    for version, came, left in (("old", 30, 10), ("week", 10, 2), ("now", 2, None)):
        go_live(tmp_path, version)
        times[version] = {
            "went_live_at": now - timedelta(days=came),
            "left_at": None if left is None else now - timedelta(days=left),
        }
    for version, time in times.items():
        TrainedRanker.objects.filter(version=version).update(**time)
    compared = baseline_version()
    assert compared is not None
    assert (compared.choice.version, compared.label) == ("week", "Last week's weights")


def test_without_weights_of_last_week_the_former_ones_are_the_baseline(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    compared = baseline_version()
    assert compared is not None
    assert (compared.choice.version, compared.label) == ("shipped", "The shipped weights, before")
    go_live(tmp_path, "second")
    compared = baseline_version()
    assert compared is not None
    assert (compared.choice.version, compared.label) == ("first", "The former weights")


def test_measuring_the_shipped_weights_does_not_make_them_a_rollback_target(tmp_path: Path) -> None:
    row = store_metrics({"at": "2025-01-01T00:00:00+00:00", "versions": ["shipped"], "people": {}})
    assert (row.version, row.state) == ("shipped", TrainedRanker.State.SHIPPED)
    with pytest.raises(NotFoundError):
        roll_back()
