"""The sweep: starts again what a kill or an empty broker lost, and keeps what is derived fresh."""

from datetime import timedelta

from axes.models import AccessAttempt
from celery import shared_task
from django.core.management import call_command
from django.db.models import Q
from django.utils import timezone

from mediarec.library.models import BatchState, ImportBatch, Person
from worker import dispatch, jobs
from worker.models import Job

STALE_SECONDS = 60  # a task reports at least every few seconds
REST_SECONDS = 600  # after enrichment failed or was cancelled, before the sweep starts it again by itself
# Silent for this long counts as lost: an epoch of training takes minutes, and loading the demo reports nothing.
STALE_AFTER = {
    "training": (30 * 60, dispatch.enqueue_training),
    "measuring": (30 * 60, dispatch.enqueue_evaluation),
    "demo": (5 * 60, dispatch.enqueue_demo),
}
KEPT_DAYS = 90
SHOWN_KEPT_DAYS = 365  # training reads how often a work was shown
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
STEPS = {
    BatchState.READING: dispatch.enqueue_import,
    BatchState.COMMITTING: dispatch.enqueue_commit,
    BatchState.UNDOING: dispatch.enqueue_undo,
}


@shared_task
def sweep() -> int:
    """Returns how many pieces of work were started again."""
    restarted = _restart_batches() + _restart_lost() + _restart_rescans() + _restart_enrichment()
    _end_lost_jobs()
    return restarted


@shared_task
def prune() -> int:
    """Forgets sessions, wrong passwords, what was shown and finished jobs of long ago; returns how many jobs."""
    from recommender import impressions

    call_command("clearsessions")
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - timedelta(days=1)).delete()
    impressions.forget_before(timezone.now() - timedelta(days=SHOWN_KEPT_DAYS))
    old = Q(state__in=ENDED, finished_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    return Job.objects.filter(old).delete()[0]


@shared_task
def refresh_taste() -> int:
    """Reads everyone's sentences of taste off their history again; edited ones stay."""
    from recommender.taste import statements

    people = Person.objects.filter(is_active=True, interactions__isnull=False).distinct()
    for person in people:
        statements.refresh_statements(person.pk)
    return people.count()


def _restart_batches() -> int:
    """Batches that should move and show no sign of life."""
    limit = timezone.now() - timedelta(seconds=STALE_SECONDS)
    alive = Job.objects.filter(kind="import", state=Job.State.RUNNING, heartbeat_at__gte=limit)
    busy = {job.payload.get("batch") for job in alive}
    quiet = Q(heartbeat_at__lt=limit) | Q(heartbeat_at__isnull=True, created_at__lt=limit)
    stale = ImportBatch.objects.filter(quiet, state__in=STEPS).exclude(pk__in=busy)
    for batch in stale:
        STEPS[BatchState(batch.state)](batch.pk)
    return len(stale)


def _restart_lost() -> int:
    """Work that nothing but its job row knows of. It is sent once, and takes up the same row."""
    now, restarted = timezone.now(), 0
    for kind, (seconds, enqueue) in STALE_AFTER.items():
        lost = Job.objects.filter(kind=kind, state=Job.State.RUNNING, heartbeat_at__lt=now - timedelta(seconds=seconds))
        if lost.update(heartbeat_at=now):
            enqueue()
            restarted += 1
    return restarted


def _restart_rescans() -> int:
    """Looks through libraries that were cut short; each goes on with what is left of its own."""
    limit = timezone.now() - timedelta(seconds=STALE_SECONDS)
    lost = list(Job.objects.filter(kind="rescan", state=Job.State.RUNNING, heartbeat_at__lt=limit))
    for job in lost:
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now())
        dispatch.restart_rescan(job.payload.get("library", 0))
    return len(lost)


def _end_lost_jobs() -> int:
    """A worker killed between the last row of its work and the note of it leaves a job that would run for ever."""
    limit = timezone.now() - timedelta(seconds=STALE_SECONDS)
    stale = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=limit)
    moving = set(ImportBatch.objects.filter(state__in=STEPS).values_list("pk", flat=True))
    settled = [job for job in stale.filter(kind="import") if job.payload.get("batch") not in moving]
    if not _is_enrichment_wanted():
        settled.extend(stale.filter(kind="enrichment"))
    for job in settled:
        jobs.finish(job.pk)
    return len(settled)


def _is_enrichment_wanted() -> bool:
    from recommender import enrichment

    return enrichment.count_lacking().is_lacking


def _restart_enrichment() -> int:
    """Describing and embedding goes on whenever something lacks it, unless a person paused it."""
    if jobs.is_switched_on("enrichment_paused") or not _is_enrichment_wanted():
        return 0
    if _is_enrichment_busy():
        return 0
    dispatch.enqueue_enrichment()
    return 1


def _is_enrichment_busy() -> bool:
    """Going on, or ended badly just now: sending it again would only fill the queue."""
    now = timezone.now()
    alive = Q(kind="enrichment", state=Job.State.RUNNING, heartbeat_at__gte=now - timedelta(seconds=STALE_SECONDS))
    # Training holds the same queue; what is sent meanwhile would only pile up behind it.
    waits = Q(kind="training", state=Job.State.RUNNING)
    bad = (Job.State.FAILED, Job.State.CANCELLED)
    ended = Q(kind="enrichment", state__in=bad, finished_at__gte=now - timedelta(seconds=REST_SECONDS))
    return Job.objects.filter(alive | waits | ended).exists()
