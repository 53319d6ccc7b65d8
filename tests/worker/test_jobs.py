"""Jobs as rows, and the sweep that restarts what was lost to a kill or an emptied broker."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import BatchState, ImportBatch, Person
from worker import dispatch, jobs
from worker.models import Job
from worker.tasks import maintenance

pytestmark = pytest.mark.django_db
SEND_FIRST = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "mediarec.settings"
import django
django.setup()
from worker import dispatch
print("worker.tasks" in sys.modules)
try:
    dispatch._send_now("worker.tasks.imports.no_such_task")
except dispatch.app.tasks.NotRegistered as error:
    print("worker.tasks.imports.read_batch" in dispatch.app.tasks)
    print(type(error).__name__)
"""


def test_progress_and_the_end_are_stored() -> None:
    job = jobs.start_job("import", "Read a folder")
    jobs.report(job.pk, 3, 10, "reading")
    job.refresh_from_db()
    assert (job.done, job.total, job.message, job.state) == (3, 10, "reading", Job.State.RUNNING)
    jobs.finish(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert job.finished_at is not None


def test_the_same_work_resumes_in_the_same_row() -> None:
    first = jobs.start_job("import", "Read", payload={"batch": 1})
    assert jobs.start_job("import", "Read", payload={"batch": 1}).pk == first.pk
    assert jobs.start_job("import", "Read", payload={"batch": 2}).pk != first.pk


def test_a_cancelled_job_stops_at_its_next_report_and_stays_cancelled() -> None:
    job = jobs.start_job("import", "Read")
    jobs.cancel_job(job.pk)
    with pytest.raises(jobs.JobCancelledError):
        jobs.report(job.pk, 1, 2)
    jobs.finish(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_active_work_cannot_be_retried() -> None:
    job = jobs.start_job("import", "Read")
    with pytest.raises(NotUnderstoodError, match="still going on"):
        dispatch.retry_job(job.pk)


def test_a_process_that_only_sends_finds_every_task_registered() -> None:
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SEND_FIRST],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stdout.split() == ["False", "True", "NotRegistered"], process.stderr


def test_a_switch_is_off_by_default() -> None:
    assert not jobs.is_switched_on("enrichment_paused")
    jobs.set_switch("enrichment_paused", True)
    assert jobs.is_switched_on("enrichment_paused")


def test_a_broker_that_is_down_breaks_nothing_and_the_row_waits(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    from worker.tasks import imports

    def refuse(*arguments: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(imports.read_batch._get_current_object(), "delay", refuse)  # type: ignore[attr-defined]
    batch = make_batch(BatchState.READING, minutes_old=0)
    with django_capture_on_commit_callbacks(execute=True):
        dispatch.enqueue_import(batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.READING


@pytest.mark.parametrize(
    ("state", "task"),
    [
        (BatchState.READING, "enqueue_import"),
        (BatchState.COMMITTING, "enqueue_commit"),
        (BatchState.UNDOING, "enqueue_undo"),
    ],
)
def test_the_sweep_restarts_a_batch_without_a_heartbeat(
    monkeypatch: pytest.MonkeyPatch, state: BatchState, task: str
) -> None:
    started: list[int] = []
    monkeypatch.setitem(maintenance.STEPS, state, started.append)
    old = make_batch(state, minutes_old=5)
    make_batch(state, minutes_old=0)
    make_batch(BatchState.COMMITTED, minutes_old=5)
    assert maintenance._restart_batches() == 1
    assert started == [old.pk]


def test_the_sweep_leaves_a_batch_with_a_live_job_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    monkeypatch.setitem(maintenance.STEPS, BatchState.READING, started.append)
    batch = make_batch(BatchState.READING, minutes_old=5)
    jobs.start_job("import", "Read", payload={"batch": batch.pk, "step": "read"})
    maintenance._restart_batches()
    assert started == []


def make_batch(state: BatchState, minutes_old: int) -> ImportBatch:
    person, _ = Person.objects.get_or_create(username="lea")
    batch = ImportBatch.objects.create(person=person, source="generic", label="x", state=state)
    when = timezone.now() - timedelta(minutes=minutes_old)
    ImportBatch.objects.filter(pk=batch.pk).update(heartbeat_at=when, created_at=when)
    return batch
