"""An import or catalogue whose process is killed resumes where it stopped, and adds nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from mediarec.library import batches
from mediarec.library.catalogues import CatalogueFilters, import_catalogue
from mediarec.library.models import (
    BatchState,
    CatalogueRun,
    CatalogueState,
    ExternalId,
    ImportBatch,
    Interaction,
    Item,
    Person,
)

ROWS = 3000
PATIENCE_SECONDS = 60.0
# Commits a batch in small chunks, in a separate process on the test's database.
CHILD = """
import sys, time, django
django.setup()
from django.conf import settings
from mediarec.library import batches
from mediarec.library.batches import commit
commit.CHUNK = 20
commit.PLAYS_PER_ROW = 1
batches.commit_batch(int(sys.argv[1]), on_progress=lambda done, total: time.sleep(0.05))
"""
CATALOGUE_CHILD = """
import sys, time, django
from pathlib import Path
django.setup()
from mediarec.library.catalogues import CatalogueFilters, import_catalogue, runner
runner.CHUNK = 20
import_catalogue("imdb", [Path(sys.argv[1])], CatalogueFilters(), lambda what, done, total: time.sleep(0.05))
"""


@pytest.mark.django_db(transaction=True)
def test_an_import_resumes_after_kill_9(tmp_path: Path) -> None:
    person = Person.objects.create_user("lea")
    lines = (
        {"kind": "film", "title": f"Film {n}", "year": 1990, "what": "finished", "when": "2024-01-01"}
        for n in range(ROWS)
    )
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, lines)))
    batch = batches.create_batch(person, tmp_path / "x.jsonl")
    batches.read_batch(batch.pk)
    _kill_when(lambda: ImportBatch.objects.get(pk=batch.pk).done >= 40, CHILD, str(batch.pk))
    batch.refresh_from_db()
    assert batch.state == BatchState.COMMITTING
    assert 0 < Item.objects.count() < ROWS
    assert Item.objects.count() == batch.done  # whole chunks only
    batches.commit_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.COMMITTED
    assert (Item.objects.count(), Interaction.objects.count()) == (ROWS, ROWS)
    batches.undo_batch(batch.pk)
    assert (Item.objects.count(), Interaction.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_catalogue_resumes_after_kill_9(tmp_path: Path) -> None:
    rows = (f"tt{n:07d}\tmovie\tFilm {n}\tFilm {n}\t0\t1990\t\\N\t90\tDrama" for n in range(1, ROWS + 1))
    header = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres"
    (tmp_path / "title.basics.tsv").write_text("\n".join((header, *rows, "")))
    _kill_when(lambda: Item.objects.count() >= 40, CATALOGUE_CHILD, str(tmp_path))
    run = CatalogueRun.objects.get()
    assert (run.state, run.staged) == (CatalogueState.MERGING, ROWS)
    assert 0 < Item.objects.count() == run.merged < ROWS  # whole chunks only
    report = import_catalogue("imdb", [tmp_path], CatalogueFilters()).to_json()
    assert (report["resumed"], report["added"], report["rejected_count"]) == (True, ROWS, 0)
    assert (Item.objects.count(), ExternalId.objects.count()) == (ROWS, ROWS)
    second_report = import_catalogue("imdb", [tmp_path], CatalogueFilters()).to_json()
    assert (second_report["resumed"], second_report["added"], second_report["updated"]) == (False, 0, 0)


def _kill_when(condition: Callable[[], bool], script: str, *arguments: str) -> None:
    """Runs a script in a separate process and kills it while it works."""
    command = [sys.executable, "-c", script, *arguments]
    child = subprocess.Popen(command, env=_child_environment(), cwd=settings.BASE_DIR)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while not condition():
            if time.monotonic() > deadline or child.poll() is not None:
                pytest.fail(f"nothing was added; the process ended with {child.poll()}")
            time.sleep(0.05)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_SECONDS)


def _child_environment() -> dict[str, str]:
    """The same interpreter and settings, with the database of this test."""
    params = connection.get_connection_params()
    host, port = params.get("host", ""), params.get("port", "")
    address = f"postgres://{params['user']}@/{connection.settings_dict['NAME']}?host={host}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mediarec.settings",
        "DATABASE_URL": address + (f"&port={port}" if port else ""),
        "PYTHONPATH": str(settings.BASE_DIR),
    }
