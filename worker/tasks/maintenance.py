"""Periodic maintenance: the sweep restarts work lost to a kill or an emptied broker; pruning;
refreshing derived data.
"""

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
REST_SECONDS = 600  # pause before the sweep restarts enrichment that failed or was cancelled
# Seconds without a heartbeat after which a job counts as lost, and how to restart it. Training reports once per epoch,
# which takes minutes; loading the demo reports nothing.
STALE_AFTER = {
    "training": (30 * 60, dispatch.enqueue_training),
    "measuring": (30 * 60, dispatch.enqueue_evaluation),
    "demo": (5 * 60, dispatch.enqueue_demo),
}
UNLOADED_REST = timedelta(hours=1)  # before what could not be loaded is tried again by itself
KEPT_DAYS = 90
SHOWN_KEPT_DAYS = 365  # training reads how often an item was shown
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
STEPS = {
    BatchState.READING: dispatch.enqueue_import,
    BatchState.COMMITTING: dispatch.enqueue_commit,
    BatchState.UNDOING: dispatch.enqueue_undo,
}


@shared_task
def sweep() -> int:
    """Returns the number of restarted jobs."""
    restarted = (
        _restart_batches() + _restart_stale_jobs() + _restart_rescans() + _restart_enrichment() + _try_unloaded()
    )
    _end_lost_jobs()
    return restarted


@shared_task
def prune() -> int:
    """Deletes expired sessions, failed sign-ins, old impressions and old ended jobs; returns the number of jobs."""
    from recommender import impressions

    call_command("clearsessions")
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - timedelta(days=1)).delete()
    impressions.delete_before(timezone.now() - timedelta(days=SHOWN_KEPT_DAYS))
    old = Q(state__in=ENDED, finished_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    return Job.objects.filter(old).delete()[0]


@shared_task
def refresh_taste() -> int:
    """Recomputes everyone's taste statements from their history; edited ones are kept. Returns the number of people."""
    from recommender.taste import statements

    people = Person.objects.filter(is_active=True, interactions__isnull=False).distinct()
    for person in people:
        statements.refresh_statements(person.pk)
    return people.count()


def _restart_batches() -> int:
    """Import batches in an active state without a heartbeat."""
    limit = timezone.now() - timedelta(seconds=STALE_SECONDS)
    alive_jobs = Job.objects.filter(kind="import", state=Job.State.RUNNING, heartbeat_at__gte=limit)
    alive_batches = {job.payload.get("batch") for job in alive_jobs}
    is_silent = Q(heartbeat_at__lt=limit) | Q(heartbeat_at__isnull=True, created_at__lt=limit)
    stale = ImportBatch.objects.filter(is_silent, state__in=STEPS).exclude(pk__in=alive_batches)
    for batch in stale:
        STEPS[BatchState(batch.state)](batch.pk)
    return len(stale)


def _restart_stale_jobs() -> int:
    """Work whose only record is its job row. Sent once; it resumes in the same row."""
    now, restarted = timezone.now(), 0
    for kind, (seconds, enqueue) in STALE_AFTER.items():
        lost = Job.objects.filter(kind=kind, state=Job.State.RUNNING, heartbeat_at__lt=now - timedelta(seconds=seconds))
        if lost.update(heartbeat_at=now):
            enqueue()
            restarted += 1
    return restarted


def _restart_rescans() -> int:
    """Interrupted rescans; each continues with the files that are left."""
    limit = timezone.now() - timedelta(seconds=STALE_SECONDS)
    lost = list(Job.objects.filter(kind="rescan", state=Job.State.RUNNING, heartbeat_at__lt=limit))
    for job in lost:
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now())
        dispatch.restart_rescan(job.payload.get("library", 0))
    return len(lost)


def _end_lost_jobs() -> int:
    """Ends jobs whose work is complete: a worker killed between the last write and `finish` leaves a job
    running for ever.
    """
    limit = timezone.now() - timedelta(seconds=STALE_SECONDS)
    stale = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=limit)
    active_batches = set(ImportBatch.objects.filter(state__in=STEPS).values_list("pk", flat=True))
    ended = [job for job in stale.filter(kind="import") if job.payload.get("batch") not in active_batches]
    if not _is_enrichment_wanted():
        ended.extend(stale.filter(kind="enrichment"))
    for job in ended:
        jobs.finish(job.pk)
    return len(ended)


def _is_enrichment_wanted() -> bool:
    from recommender import enrichment

    return enrichment.count_lacking().is_lacking


def _restart_enrichment() -> int:
    """Enrichment resumes whenever something is pending, unless a person paused it."""
    if jobs.is_switched_on("enrichment_paused") or not _is_enrichment_wanted():
        return 0
    if _is_enrichment_busy():
        return 0
    dispatch.enqueue_enrichment()
    return 1


def _try_unloaded() -> int:
    """A library that was missing may have been installed since."""
    from recommender import enrichment

    if not enrichment.claim_due(UNLOADED_REST):
        return 0
    dispatch.enqueue_unloaded()
    return 1


def _is_enrichment_busy() -> bool:
    """Whether it is running or ended badly just now: sending it again would only fill the queue."""
    now = timezone.now()
    is_alive = Q(kind="enrichment", state=Job.State.RUNNING, heartbeat_at__gte=now - timedelta(seconds=STALE_SECONDS))
    # Training occupies the same queue; tasks sent meanwhile would only pile up behind it.
    is_training = Q(kind="training", state=Job.State.RUNNING)
    bad_states = (Job.State.FAILED, Job.State.CANCELLED)
    just_failed = Q(kind="enrichment", state__in=bad_states, finished_at__gte=now - timedelta(seconds=REST_SECONDS))
    return Job.objects.filter(is_alive | is_training | just_failed).exists()
