"""The enrichment task: one run at a time, however often it is enqueued."""

from celery import shared_task

from mediarec.library.advisory_locks import ENRICHMENT, try_advisory_lock
from mediarec.library.errors import MediarecError
from worker import dispatch, jobs

PAUSED = "enrichment_paused"


@shared_task
def run_enrichment() -> int:
    """Returns the number of stored vectors and descriptions; 0 at once while another worker runs it."""
    from recommender import enrichment

    if jobs.is_switched_on(PAUSED):
        return 0
    with try_advisory_lock(ENRICHMENT) as is_ours:
        if not is_ours:
            return 0
        enrichment.try_unloaded()
        enrichment.find_changes()
        if not enrichment.count_lacking().is_lacking:
            return 0
        job = jobs.start_job("enrichment", "Analyse the library", unit="steps")
        return _run(job.pk)


@shared_task
def try_unloaded() -> int:
    """Loads what could not be loaded before; what waits for it is read by the next run."""
    from recommender import enrichment

    loaded = enrichment.try_unloaded()
    if loaded:
        dispatch.enqueue_enrichment()
    return len(loaded)


def _run(job_id: int) -> int:
    from recommender import duplicates, enrichment

    def should_stop() -> bool:
        return jobs.is_switched_on(PAUSED) or jobs.is_cancelled(job_id)

    try:
        stored = enrichment.run_pending(
            should_stop, lambda done, total, message: jobs.report(job_id, done, total, message)
        )
    except jobs.JobCancelledError:
        return 0
    except MediarecError as error:
        jobs.fail(job_id, str(error))
        return 0
    if jobs.is_switched_on(PAUSED):
        jobs.pause(job_id, "Paused; what was done stays.")
    else:
        duplicates.propose_pairs()
        jobs.finish(job_id, " ".join(one.reason for one in enrichment.find_load_failures()))
    return stored
