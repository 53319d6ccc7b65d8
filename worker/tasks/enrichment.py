"""Describing and embedding what lacks it, one run at a time however often it is asked for."""

from celery import shared_task
from django.db import connection

from mediarec.library.errors import MediarecError
from worker import jobs

PAUSED = "enrichment_paused"
LOCK_KEY = 7_341_001  # any number of our own; PostgreSQL holds it for as long as the session lives


@shared_task
def run_enrichment() -> int:
    """Returns how many vectors and descriptions were stored; 0 at once when another worker is at it."""
    from recommender import enrichment

    if jobs.is_switched_on(PAUSED) or not _take_lock():
        return 0
    try:
        lacking = enrichment.count_lacking()
        if not lacking.is_lacking:
            return 0
        job = jobs.start_job("enrichment", "Describe and embed the library", unit="steps")
        return _run(job.pk)
    finally:
        _release_lock()


def _run(job_id: int) -> int:
    from recommender import enrichment

    def should_stop() -> bool:
        return jobs.is_switched_on(PAUSED) or jobs.is_cancelled(job_id)

    try:
        stored = enrichment.run_pending(
            should_stop, lambda done, total, message="": jobs.report(job_id, done, total, message)
        )
    except jobs.JobCancelledError:
        return 0
    except MediarecError as error:
        jobs.fail(job_id, str(error))
        return 0
    if jobs.is_switched_on(PAUSED):
        jobs.pause(job_id, "Paused; what was done stays.")
    else:
        jobs.finish(job_id)
    return stored


def _take_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        row = cursor.fetchone()
        return bool(row and row[0])


def _release_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])
