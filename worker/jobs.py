"""Background jobs as rows: start, report, finish, cancel. Knows no stage and no page."""

from typing import Any

from django.utils import timezone

from mediarec.library.errors import NotFoundError
from worker.models import Job, Switch

ACTIVE = (Job.State.WAITING, Job.State.RUNNING, Job.State.PAUSED)


class JobCancelledError(Exception):
    """Raised inside a task at its next report after a person cancelled the job."""


def start_job(
    kind: str, label: str, person_id: int | None = None, payload: dict[str, Any] | None = None, unit: str = "items"
) -> Job:
    """A running job; an active one of the same kind and payload is resumed instead of creating another."""
    payload = payload or {}
    job = Job.objects.filter(kind=kind, payload=payload, state__in=ACTIVE).first()
    if job is None:
        job = Job(kind=kind, payload=payload, unit=unit)
    job.label, job.person_id, job.state = label, person_id, Job.State.RUNNING
    job.started_at = job.started_at or timezone.now()
    job.heartbeat_at = timezone.now()
    job.save()
    return job


def report(job_id: int, done: int, total: int, message: str = "") -> None:
    """Stores progress and a heartbeat. Raises JobCancelledError when the job was cancelled meanwhile."""
    active = Job.objects.filter(pk=job_id).exclude(state=Job.State.CANCELLED)
    if not active.update(done=done, total=total, message=message, heartbeat_at=timezone.now(), state=Job.State.RUNNING):
        raise JobCancelledError


def is_cancelled(job_id: int) -> bool:
    return Job.objects.filter(pk=job_id, state=Job.State.CANCELLED).exists()


def finish(job_id: int, message: str = "") -> None:
    Job.objects.filter(pk=job_id).exclude(state=Job.State.CANCELLED).update(
        state=Job.State.DONE, message=message, finished_at=timezone.now()
    )


def pause(job_id: int, message: str = "") -> None:
    Job.objects.filter(pk=job_id).update(state=Job.State.PAUSED, message=message, heartbeat_at=timezone.now())


def fail(job_id: int, sentence: str) -> None:
    Job.objects.filter(pk=job_id).update(state=Job.State.FAILED, message=sentence, finished_at=timezone.now())


def cancel_job(job_id: int) -> Job:
    """The task stops at its next report; what it did is kept. Raises NotFoundError."""
    job = find_job(job_id)
    if job.state in ACTIVE:
        job.state, job.finished_at = Job.State.CANCELLED, timezone.now()
        job.save(update_fields=["state", "finished_at"])
    return job


def is_switched_on(name: str) -> bool:
    return Switch.objects.filter(name=name, is_on=True).exists()


def set_switch(name: str, on: bool) -> None:
    Switch.objects.update_or_create(name=name, defaults={"is_on": on})


def find_job(job_id: int) -> Job:
    """Raises NotFoundError."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise NotFoundError("There is no such job.")
    return job
