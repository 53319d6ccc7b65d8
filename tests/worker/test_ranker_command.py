"""manage.py ranker: its listing, rolling back and forth, and its errors."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recommender.backends.ranker_weights import find_current, find_shipped
from recommender.finetuning.versions import register
from recommender.models import TrainedRanker
from tests.commands import run_json
from tests.people import make_ana, make_cy, make_library

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("ranker", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def own(tmp_path: Path) -> TrainedRanker:
    """The shipped graphs under another version, live."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("items.onnx", "person.onnx"):
        (folder / name).symlink_to(find_shipped() / name)
    metadata = json.loads((find_shipped() / "ranker.json").read_text(encoding="utf-8"))
    (folder / "ranker.json").write_text(json.dumps({**metadata, "version": "own-1"}), encoding="utf-8")
    return register("own-1", folder, "hash", {"ndcg@10 before": 0.1, "ndcg@10 after": 0.2}, is_live=True)


def test_rollback_restores_the_shipped_weights_and_back_again(own: TrainedRanker) -> None:
    shipped = find_shipped()
    assert "ranks again; own-1 is kept" in run("rollback")
    assert find_current().folder == shipped
    assert "own-1 ranks again" in run("rollback")
    assert find_current().version == "own-1"


def test_rollback_without_former_weights_is_an_error() -> None:
    with pytest.raises(CommandError, match=r"^There is nothing to go back to"):
        run("rollback")


def test_rollback_to_a_truncated_file_is_refused(own: TrainedRanker) -> None:
    graph = Path(own.folder) / "person.onnx"
    content = graph.read_bytes()
    graph.unlink()
    graph.write_bytes(content[: len(content) // 2])
    run("rollback")
    with pytest.raises(CommandError, match=r"own-1 .* cannot be read; nothing was changed"):
        run("rollback")
    assert find_current().is_fallback


def test_list_shows_versions_states_and_metrics(own: TrainedRanker) -> None:
    register("own-2", Path("/nowhere"), "hash", {"ndcg@10 before": 0.2, "ndcg@10 after": 0.05}, is_live=False)
    lines = run("list").splitlines()
    assert lines[0].startswith("own-2  rejected") and "NDCG@10 0.2 before, 0.05 after" in lines[0]
    assert lines[1].startswith("own-1  live since")
    assert "shipped with the project" in lines[2]
    assert lines[3].startswith("own-1 ranks now; rollback brings back ml1m")


def test_measure_covers_everyone_with_a_history() -> None:
    make_library()
    ana = make_ana()
    make_cy()
    measured = run_json("ranker", "measure")
    assert measured["people"].keys() == {str(ana.pk)}
    assert measured["people"][str(ana.pk)]["events"] == 5
    assert run("measure").startswith("ana: 5 things, each among about 21")
