"""The documents name only what is there."""

from pathlib import Path

import pytest

from tests.docs_references import list_code, list_missing
from tests.source_files import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").rglob("README.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_only_what_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list(list_code(text))
    assert list_missing(text) == []


WRONG = """
`manage.py bake`, `manage.py
ranker mesure`, `manage.py status --jsno`, `--dry-runs`, `make cake`, `python -m benchmarks.peers.walk`,
`MEDIAREC_HOMES`, `docs/operation.md`, `recommender/{chat,chant}/`, `taste/profiles.py`, `networks.py` in
`recommender/sequence/`, `ranking/moods.py:apply_mouds`, `/chats/`, `POST /items/<id>/eat`, `recommender.pipelines`,
`worker.models.Jobs`, `settings.MODEL_SLOT`, `ImportBunch`, `Item.titel`

    recommender/sequences, in a block
"""
RIGHT = """
`manage.py
ranker measure`, `manage.py status --json`, `--dry-run`, `make check`, `python -m benchmarks.peers.run`,
`MEDIAREC_HOME=/srv`, `docs/operations.md`, `recommender/{chat,taste}/`, `taste/profile.py`, `network.py` in
`recommender/sequence/`, `ranking/moods.py:apply_moods`, `/chat/`, `POST /items/<id>/act`, `recommender.pipeline`,
`worker.models.Job`, `settings.MODEL_SLOTS`, `ImportBatch`, `Item.title`, `a word`, `n / 2`, `config.json`

    recommender/sequence, in a block
"""


def test_what_is_not_there_is_found_whatever_its_kind() -> None:
    assert list_missing(RIGHT) == []
    assert set(list_missing(WRONG)) == {
        "manage.py bake",
        "manage.py ranker mesure",
        "manage.py status --jsno",
        "--dry-runs",
        "make cake",
        "benchmarks.peers.walk",
        "MEDIAREC_HOMES",
        "docs/operation.md",
        "recommender/chant/",
        "taste/profiles.py",
        "networks.py",
        "ranking/moods.py:apply_mouds",
        "/chats/",
        "/items/<id>/eat",
        "recommender.pipelines",
        "worker.models.Jobs",
        "settings.MODEL_SLOT",
        "ImportBunch",
        "Item.titel",
        "recommender/sequences",
    }
