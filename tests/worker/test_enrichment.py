"""The task and the command around describing and embedding: one at a time, pausable, reported, never noisy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mediarec.library.errors import UnavailableError
from recommender import enrichment
from recommender.models import Description
from tests.people import make_library
from worker import jobs, locks
from worker.models import Job
from worker.tasks.enrichment import PAUSED, run_enrichment

pytestmark = pytest.mark.django_db
OnProgress = Callable[[int, int, str], None]


@pytest.fixture(autouse=True)
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Descriptions from facts alone: the run itself is tested with the recommender."""
    make_library()
    whole = enrichment.run_pending

    def only_descriptions(should_stop: Callable[[], bool], on_progress: OnProgress, plan: object = None) -> int:
        return whole(should_stop, on_progress, enrichment.Plan(frozenset({"descriptions"})))

    monkeypatch.setattr(enrichment, "run_pending", only_descriptions)


@pytest.fixture
def another_worker() -> Iterator[psycopg.Connection]:
    """A second session that holds the lock."""
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host", "port", "password") if parameters.get(name)}
    with psycopg.connect(**wanted, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [locks.ENRICHMENT_KEY])
        yield other


def test_a_run_leaves_a_job_that_is_done() -> None:
    Description.objects.all().delete()
    run_enrichment()
    job = Job.objects.get(kind="enrichment")
    assert job.state == Job.State.DONE
    assert Description.objects.count() == 60


def test_while_it_is_paused_nothing_is_started() -> None:
    jobs.set_switch(PAUSED, True)
    assert run_enrichment() == 0
    assert not Job.objects.exists()


def test_a_second_worker_leaves_it_to_the_first(another_worker: psycopg.Connection) -> None:
    assert run_enrichment() == 0
    assert not Job.objects.exists()
    another_worker.execute("SELECT pg_advisory_unlock(%s)", [locks.ENRICHMENT_KEY])
    run_enrichment()
    assert Job.objects.exists()


def test_the_lock_is_free_again_after_a_run() -> None:
    run_enrichment()
    with locks.hold_enrichment() as is_ours:
        assert is_ours


def test_a_model_that_cannot_run_fails_the_job_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*arguments: object) -> int:
        raise UnavailableError("The picture model cannot be loaded.")

    monkeypatch.setattr(enrichment, "run_pending", break_down)
    run_enrichment()
    job = Job.objects.get()
    assert (job.state, job.message) == (Job.State.FAILED, "The picture model cannot be loaded.")


def test_the_command_says_how_far_it_is_and_what_is_left() -> None:
    out = StringIO()
    call_command("enrich", "--only", "descriptions", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].endswith("Descriptions from facts: done")
    assert lines[-1].startswith("60 pieces made.")


def test_the_command_refuses_a_stage_it_does_not_know() -> None:
    with pytest.raises(CommandError, match="'smell' is not a stage; there are descriptions, text"):
        call_command("enrich", "--only", "smell")


def test_the_command_does_not_disturb_a_worker(another_worker: psycopg.Connection) -> None:
    with pytest.raises(CommandError, match="A worker is describing and embedding already"):
        call_command("enrich", stdout=StringIO())
