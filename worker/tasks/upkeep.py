"""The sweep: starts again what a kill or an empty broker lost, and keeps what is derived fresh."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from mediarec.library.models import BatchState, ImportBatch, Person
from worker import jobs, queues
from worker.models import Job

STALE_SECONDS = 60  # a task reports at least every few seconds
REST_SECONDS = 600  # after enrichment failed or was cancelled, before the sweep starts it again by itself
STEPS = {
    BatchState.READING: queues.enqueue_import,
    BatchState.COMMITTING: queues.enqueue_commit,
    BatchState.UNDOING: queues.enqueue_undo,
}


@shared_task
def sweep() -> int:
    """Returns how many pieces of work were started again."""
    return _restart_batches() + _restart_enrichment()


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


def _restart_enrichment() -> int:
    """Describing and embedding goes on whenever something lacks it, unless a person paused it."""
    from recommender import enrichment

    if jobs.is_switched_on("enrichment_paused") or not enrichment.count_lacking().is_lacking:
        return 0
    if _is_enrichment_busy():
        return 0
    queues.enqueue_enrichment()
    return 1


def _is_enrichment_busy() -> bool:
    """Going on, or ended badly just now: sending it again would only fill the queue."""
    now = timezone.now()
    alive = Q(state=Job.State.RUNNING, heartbeat_at__gte=now - timedelta(seconds=STALE_SECONDS))
    ended = Q(state__in=(Job.State.FAILED, Job.State.CANCELLED), finished_at__gte=now - timedelta(seconds=REST_SECONDS))
    return Job.objects.filter(alive | ended, kind="enrichment").exists()
