"""Going live, rolling back and what stands beside: no weights are loaded, only their notes."""

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
    """Weights shipped as "shipped"; loading any gives a ranker that needs no file."""
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


def test_the_shipped_weights_can_be_gone_back_to_and_left_again(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    assert roll_back().version == "shipped"
    assert ranker_weights.find_current().is_fallback
    assert roll_back().version == "first"


def test_going_back_leads_to_what_ranked_before_and_not_to_what_was_trained_before(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    roll_back()
    go_live(tmp_path, "second")  # from the shipped ones
    assert roll_back().version == "shipped"


def test_with_nothing_to_go_back_to_it_says_so(tmp_path: Path) -> None:
    go_live(tmp_path, "worse", is_live=False)
    with pytest.raises(NotFoundError, match="nothing to go back to"):
        roll_back()


def test_weights_that_cannot_be_read_are_not_gone_back_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_live(tmp_path, "first")
    go_live(tmp_path, "second")
    monkeypatch.setattr(ranker_weights, "_load", lambda choice: None)
    with pytest.raises(UnavailableError, match=r"first .* cannot be read; nothing was changed"):
        roll_back()
    assert ranker_weights.find_current().version == "second"


def test_broken_weights_leave_the_former_in_place(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    (Path(go_live(tmp_path, "second").folder) / "ranker.json").write_text('{"name": "fa', encoding="utf-8")
    current = ranker_weights.find_current()
    assert current.version == "first"
    assert "second cannot be read. Using the former ones." in current.reason


def test_vectors_of_the_former_weights_are_kept_and_serve_again_without_embedding(tmp_path: Path) -> None:
    board = make_board()
    count = sum(len(items) for items in board.values())
    for version in ("first", "second", "third"):
        go_live(tmp_path, version)
        for _ in item_embeddings.embed_pending(LastSeen(version)):
            pass
    kept = EmbeddingSpace.objects.filter(modality="taste").order_by("pk")
    assert [space.version for space in kept] == ["second", "third"]
    assert [space.embeddings.count() for space in kept] == [count, count]
    assert roll_back().items_left == 0
    serving = spaces.serving_space("taste")
    assert serving is not None and serving.version == "second"
    current = ranker_weights.load_current()
    assert current is not None and current.version == "second"


def test_vectors_that_are_gone_are_told_of(tmp_path: Path) -> None:
    board = make_board()
    go_live(tmp_path, "first")
    go_live(tmp_path, "second")
    done = roll_back()
    assert done.items_left == sum(len(items) for items in board.values())
    assert f"{done.items_left} items are embedded for it first" in done.sentence


def test_last_weeks_weights_are_those_that_ranked_seven_days_ago(tmp_path: Path) -> None:
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


def test_without_any_of_last_week_the_former_ones_stand_beside(tmp_path: Path) -> None:
    go_live(tmp_path, "first")
    compared = baseline_version()
    assert compared is not None
    assert (compared.choice.version, compared.label) == ("shipped", "The shipped weights, before")
    go_live(tmp_path, "second")
    compared = baseline_version()
    assert compared is not None
    assert (compared.choice.version, compared.label) == ("first", "The former weights")


def test_what_is_measured_of_the_shipped_weights_makes_them_no_choice_to_roll_back_to(tmp_path: Path) -> None:
    row = store_metrics({"at": "2025-01-01T00:00:00+00:00", "versions": ["shipped"], "people": {}})
    assert (row.version, row.state) == ("shipped", TrainedRanker.State.SHIPPED)
    with pytest.raises(NotFoundError):
        roll_back()
