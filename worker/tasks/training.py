"""Fine-tuning the ranker on this household, at low priority."""

from celery import shared_task

from mediarec.library.errors import MediarecError
from worker import jobs, queues

MINUTES = 15.0


@shared_task
def train_household() -> str:
    from recommender.sequence.household import fine_tune  # torch is loaded by the worker that trains, and only then
    from recommender.sequence.training import Progress

    job = jobs.start_job("training", "Learn from this household's history", unit="epochs")

    def report(progress: Progress) -> None:
        jobs.report(job.pk, progress.epoch, progress.epoch, f"NDCG@10 {progress.ndcg:.3f} on held-out events")

    try:
        outcome = fine_tune(minutes=MINUTES, report=report)
    except jobs.JobCancelledError:
        return "cancelled"
    except MediarecError as error:
        jobs.fail(job.pk, str(error))
        return "failed"
    jobs.finish(job.pk, outcome.sentence)
    queues.enqueue_enrichment()  # new weights need new item vectors
    return outcome.version
