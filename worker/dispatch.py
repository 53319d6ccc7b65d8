"""Sends tasks to the workers after the current transaction commits. A broker that is down breaks no page.

The job's row is written before the task is sent, and the sweep in worker/tasks/maintenance.py sends
whatever was not received.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from mediarec.celery import app
from mediarec.library import folder_sync
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import BatchState, ImportBatch, Library
from worker import jobs
from worker.models import Job

TRAINING_LABEL = "Learn from this household's history"
MEASURING_LABEL = "Measure how well mediarec knows everyone"
logger = logging.getLogger(__name__)


def enqueue_import(batch_id: int) -> None:
    _send("worker.tasks.imports.read_batch", batch_id)


def enqueue_commit(batch_id: int) -> None:
    ImportBatch.objects.filter(pk=batch_id, state=BatchState.PREVIEW).update(state=BatchState.COMMITTING)
    _send("worker.tasks.imports.commit_batch", batch_id)


def enqueue_undo(batch_id: int) -> None:
    ImportBatch.objects.filter(pk=batch_id).exclude(state=BatchState.UNDONE).update(state=BatchState.UNDOING)
    _send("worker.tasks.imports.undo_batch", batch_id)


def enqueue_demo() -> None:
    """Creates the job row at once, so that pages can show it."""
    jobs.start_job("demo", "Load the demo catalogue", unit="works")
    _send("worker.tasks.imports.load_demo")


def enqueue_enrichment() -> None:
    _send("worker.tasks.enrichment.run_enrichment")


def enqueue_unloaded() -> None:
    """Models and readers that could not be loaded are tried again, where models are."""
    _send("worker.tasks.enrichment.try_unloaded")


def enqueue_training() -> None:
    _send("worker.tasks.training.train_household")


def request_training() -> bool:
    """Enqueues training with a job row at once; False when a training job is active already."""
    if Job.objects.filter(kind="training", state__in=jobs.ACTIVE).exists():
        return False
    jobs.start_job("training", TRAINING_LABEL, unit="epochs")
    enqueue_training()
    return True


def enqueue_evaluation() -> None:
    """Enqueues measuring the weights' accuracy per person, with a job row at once."""
    jobs.start_job("measuring", MEASURING_LABEL, unit="people")
    _send("worker.tasks.training.evaluate_household")


def label_rescan(library: Library) -> str:
    return f"Scan {library.name}"


def enqueue_rescan(library_id: int, really_gone: bool = False) -> None:
    """Enqueues a rescan with a job row at once; does nothing while one of this library is active. `really_gone` accepts
    a folder that is suddenly empty.
    """
    library = folder_sync.find_library(library_id)
    payload = {"library": library_id}
    if Job.objects.filter(kind="rescan", payload=payload, state__in=jobs.ACTIVE).exists():
        return
    jobs.start_job("rescan", label_rescan(library), library.person_id, payload, unit="files")
    _send("worker.tasks.folder_sync.rescan_library", library_id, really_gone)


def restart_rescan(library_id: int) -> None:
    """Sends a rescan again whose job row is stale."""
    _send("worker.tasks.folder_sync.rescan_library", library_id)


def retry_job(job_id: int) -> Job:
    """Starts the same work again. Raises NotFoundError, and NotUnderstoodError while it is still active."""
    job = jobs.find_job(job_id)
    if job.state in jobs.ACTIVE:
        raise NotUnderstoodError(f"“{job.label}” is still going on.")
    _enqueue_again(job)
    return job


def _enqueue_again(job: Job) -> None:
    starters: dict[str, Callable[[], None]] = {
        "demo": enqueue_demo,
        "enrichment": enqueue_enrichment,
        "training": enqueue_training,
        "measuring": enqueue_evaluation,
    }
    if job.kind == "import" and "batch" in job.payload:
        _send(f"worker.tasks.imports.{job.payload.get('step', 'read')}_batch", job.payload["batch"])
    elif job.kind == "rescan" and "library" in job.payload:
        enqueue_rescan(job.payload["library"])
    elif job.kind in starters:
        starters[job.kind]()


def _send(task: str, *arguments: Any) -> None:
    transaction.on_commit(lambda: _send_now(task, *arguments))


def _send_now(task: str, *arguments: Any) -> None:
    if task not in app.tasks:  # eager tests and plain commands have not loaded the tasks yet
        app.loader.import_default_modules()
    try:
        app.tasks[task].delay(*arguments)
    except (OperationalError, ConnectionError, OSError) as error:
        # A command without `up` has no broker; the next `up` sends what is waiting.
        level = logging.WARNING if settings.BROKER_URL else logging.INFO
        logger.log(level, "%s waits for the broker: %s", task, error)
