"""The enrichment task and command: one run at a time, pausable, with progress."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mediarec.library.advisory_locks import ENRICHMENT
from mediarec.library.errors import UnavailableError
from recommender import enrichment
from recommender.encoders.lazy import LazyModel
from recommender.media_analysis import ocr
from recommender.models import Description, LoadFailure
from tests.people import make_library
from worker import dispatch, jobs
from worker.models import Job
from worker.tasks.enrichment import PAUSED, run_enrichment, try_unloaded

pytestmark = pytest.mark.django_db
SENTENCE = "Words in pictures cannot be read: libxcb.so.1 is missing."
OnProgress = Callable[[int, int, str], None]


@pytest.fixture(autouse=True)
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Descriptions from templates only: the run itself is tested with the recommender."""
    make_library()
    run_everything = enrichment.run_pending

    def only_descriptions(should_stop: Callable[[], bool], on_progress: OnProgress, plan: object = None) -> int:
        return run_everything(should_stop, on_progress, enrichment.Plan(frozenset({"descriptions"})))

    monkeypatch.setattr(enrichment, "run_pending", only_descriptions)


@pytest.fixture
def fail_to_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words in pictures could not be read, and still cannot."""

    def lack() -> object:
        raise UnavailableError(SENTENCE)

    monkeypatch.setattr(ocr, "_engine", LazyModel(ocr.PART, lack))
    LoadFailure.objects.create(part=ocr.PART, reason="An earlier reason.", tried_at=timezone.now())
    Description.objects.all().delete()


@pytest.fixture
def another_worker(other_session: psycopg.Connection) -> psycopg.Connection:
    """A second session that holds the lock."""
    other_session.execute("SELECT pg_advisory_lock(%s)", [ENRICHMENT])
    return other_session


def test_a_run_ends_with_a_done_job() -> None:
    Description.objects.all().delete()
    run_enrichment()
    job = Job.objects.get(kind="enrichment")
    assert job.state == Job.State.DONE
    assert Description.objects.count() == 60


def test_nothing_starts_while_paused() -> None:
    jobs.set_switch(PAUSED, True)
    assert run_enrichment() == 0
    assert not Job.objects.exists()


def test_a_second_worker_does_nothing_while_the_first_runs(another_worker: psycopg.Connection) -> None:
    assert run_enrichment() == 0
    assert not Job.objects.exists()
    another_worker.execute("SELECT pg_advisory_unlock(%s)", [ENRICHMENT])
    run_enrichment()
    assert Job.objects.exists()


def test_the_lock_is_released_after_a_run(other_session: psycopg.Connection) -> None:
    run_enrichment()
    assert other_session.execute("SELECT pg_try_advisory_lock(%s)", [ENRICHMENT]).fetchone() == (True,)


def test_a_model_that_cannot_run_fails_the_job_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*arguments: object) -> int:
        raise UnavailableError("The picture model cannot be loaded.")

    monkeypatch.setattr(enrichment, "run_pending", break_down)
    run_enrichment()
    job = Job.objects.get()
    assert (job.state, job.message) == (Job.State.FAILED, "The picture model cannot be loaded.")


def test_what_cannot_be_loaded_stands_with_the_job_the_command_and_the_status(fail_to_load: None) -> None:
    run_enrichment()
    assert Job.objects.get().message == SENTENCE
    out = StringIO()
    call_command("enrich", "--only", "descriptions", stdout=out)
    assert SENTENCE in out.getvalue()
    out = StringIO()
    call_command("status", stdout=out)
    assert f"not loaded     {SENTENCE}" in out.getvalue()
    call_command("status", "--json", stdout=(out := StringIO()))
    assert [one["part"] for one in json.loads(out.getvalue())["not_loaded"]] == [ocr.PART]


def test_what_can_be_loaded_again_asks_for_a_run(fail_to_load: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(dispatch, "enqueue_enrichment", lambda: asked.append("enrichment"))
    assert try_unloaded() == 0
    monkeypatch.setattr(ocr, "_engine", LazyModel(ocr.PART, lambda: "an engine"))
    assert try_unloaded() == 1
    assert asked == ["enrichment"]


def test_the_command_prints_progress_and_what_is_left() -> None:
    out = StringIO()
    call_command("enrich", "--only", "descriptions", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].endswith("Descriptions from facts: done")
    assert lines[-1].startswith("60 pieces made.")


def test_the_command_rejects_an_unknown_stage() -> None:
    with pytest.raises(CommandError, match="'smell' is not a stage; there are descriptions, text"):
        call_command("enrich", "--only", "smell")


def test_the_command_refuses_to_run_beside_a_worker(another_worker: psycopg.Connection) -> None:
    with pytest.raises(CommandError, match="A worker is describing and embedding already"):
        call_command("enrich", stdout=StringIO())
