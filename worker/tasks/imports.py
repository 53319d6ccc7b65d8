"""Tasks of import batches: read, commit and undo; and loading the demo."""

from collections.abc import Callable

from celery import shared_task

from mediarec.library import batches, demo
from mediarec.library.errors import MediarecError
from mediarec.library.models import BatchState, ImportBatch
from worker import dispatch, jobs

Stage = Callable[..., object]


@shared_task
def read_batch(batch_id: int) -> str:
    outcome = _run(batch_id, "read", batches.read_batch)
    if ImportBatch.objects.filter(pk=batch_id, state=BatchState.PREVIEW, auto_commit=True).exists():
        dispatch.enqueue_commit(batch_id)
    return outcome


@shared_task
def commit_batch(batch_id: int) -> str:
    outcome = _run(batch_id, "commit", batches.commit_batch)
    dispatch.enqueue_enrichment()
    return outcome


@shared_task
def undo_batch(batch_id: int) -> str:
    return _run(batch_id, "undo", batches.undo_batch)


@shared_task
def load_demo() -> str:
    """Idempotent: a demo that is loaded already stays as it is."""
    job = jobs.start_job("demo", "Load the demo catalogue", unit="works")
    try:
        batch = demo.load_demo()
    except MediarecError as error:
        jobs.fail(job.pk, str(error))
        return "failed"
    jobs.finish(job.pk, f"{batch.items.count()} works and three people")
    dispatch.enqueue_enrichment()
    return "done"


def _run(batch_id: int, step: str, stage: Stage) -> str:
    """Runs one stage of a batch under a job row; a failure is stored as a sentence on the batch and the job."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        return "gone"
    labels = {"read": "Read", "commit": "Add", "undo": "Undo"}
    payload = {"batch": batch_id, "step": step}
    job = jobs.start_job("import", f"{labels[step]} {batch.label}", batch.person_id, payload, unit="rows")
    try:
        stage(batch_id, on_progress=lambda done, total: jobs.report(job.pk, done, total))
    except jobs.JobCancelledError:
        ImportBatch.objects.filter(pk=batch_id).update(state=BatchState.CANCELLED)
        return "cancelled"
    except MediarecError as error:
        ImportBatch.objects.filter(pk=batch_id).update(state=BatchState.FAILED, error=str(error))
        jobs.fail(job.pk, str(error))
        return "failed"
    jobs.finish(job.pk)
    return "done"
