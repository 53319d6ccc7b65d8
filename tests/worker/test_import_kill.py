"""An import whose process is killed for real while it adds goes on where it stopped, and adds nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from mediarec.library import batches
from mediarec.library.models import BatchState, ImportBatch, Interaction, Item, Person

ROWS = 3000
PATIENCE_SECONDS = 60.0
# Adds a batch a few rows at a time in a process of its own, in the test's own database.
CHILD = """
import sys, time, django
django.setup()
from django.conf import settings
from mediarec.library import batches
from mediarec.library.batches import committing
committing.CHUNK = 20
committing.PLAYS_PER_ROW = 1
batches.commit_batch(int(sys.argv[1]), on_progress=lambda done, total: time.sleep(0.05))
"""


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_after_kill_9(tmp_path: Path) -> None:
    person = Person.objects.create_user("lea")
    lines = (
        {"kind": "film", "title": f"Film {n}", "year": 1990, "what": "finished", "when": "2024-01-01"}
        for n in range(ROWS)
    )
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, lines)))
    batch = batches.create_batch(person, tmp_path / "x.jsonl")
    batches.read_batch(batch.pk)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(batch.pk)], env=_child_environment(), cwd=settings.BASE_DIR
    )
    try:
        _wait_until_some_are_added(batch, child)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_SECONDS)
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


def _wait_until_some_are_added(batch: ImportBatch, child: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up and child.poll() is None:
        if ImportBatch.objects.get(pk=batch.pk).done >= 40:
            return
        time.sleep(0.05)
    pytest.fail(f"nothing was added; the process ended with {child.poll()}")


def _child_environment() -> dict[str, str]:
    """The same interpreter and settings, and the database of this test."""
    params = connection.get_connection_params()
    host, port = params.get("host", ""), params.get("port", "")
    address = f"postgres://{params['user']}@/{connection.settings_dict['NAME']}?host={host}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mediarec.settings",
        "DATABASE_URL": address + (f"&port={port}" if port else ""),
        "PYTHONPATH": str(settings.BASE_DIR),
    }
