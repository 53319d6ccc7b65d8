"""Fine-tuning the ranker on this household, and measuring its accuracy, at low priority."""

from celery import shared_task

from mediarec.library.errors import MediarecError
from worker import dispatch, jobs

MINUTES = 15.0


@shared_task
def train_household() -> str:
    """Resumes an interrupted run over the same history; if enqueued twice, only the first one runs."""
    from recommender.finetuning import fine_tune  # loads torch, so it is imported only here
    from recommender.finetuning.training_data import NotEnoughDataError
    from recommender.training.trainer import Progress

    job = jobs.start_job("training", dispatch.TRAINING_LABEL, unit="epochs")

    def report(progress: Progress) -> None:
        jobs.report(job.pk, progress.epoch, progress.epoch, f"NDCG@10 {progress.ndcg:.3f} on held-out events")

    try:
        outcome = fine_tune.fine_tune(minutes=MINUTES, report=report, resume=True)
    except jobs.JobCancelledError:
        return "cancelled"
    except fine_tune.TrainingInProgressError:
        return "busy"  # the row belongs to the running job
    except NotEnoughDataError as error:
        jobs.finish(job.pk, str(error))
        return "too little"
    except MediarecError as error:
        jobs.fail(job.pk, str(error))
        return "failed"
    jobs.finish(job.pk, outcome.sentence)
    dispatch.enqueue_enrichment()  # new weights need new item vectors
    return outcome.version


@shared_task
def evaluate_household() -> int:
    """Stores the leave-last-out accuracy of the current weights; returns for how many people it could be measured."""
    from recommender.finetuning import holdout, versions

    job = jobs.start_job("measuring", dispatch.MEASURING_LABEL, unit="people")
    try:
        measured = holdout.evaluate_current()
        versions.store_metrics(measured)
    except MediarecError as error:
        jobs.fail(job.pk, str(error))
        return 0
    count = len(measured["people"])
    jobs.finish(job.pk, f"Measured for {count} {'person' if count == 1 else 'people'}.")
    return count
