"""Looking through watched folders, when asked and on their schedule."""

from celery import shared_task

from mediarec.library import folder_sync
from mediarec.library.errors import MediarecError
from worker import dispatch, jobs


@shared_task
def rescan_library(library_id: int, really_gone: bool = False) -> str:
    """Asked for twice, only the first one looks. What was there already when it was cut short is not read again."""
    try:
        library = folder_sync.find_library(library_id)
    except MediarecError:
        return "gone"
    job = jobs.start_job("rescan", dispatch.label_rescan(library), library.person_id, {"library": library_id}, "files")
    try:
        outcome = folder_sync.rescan_library(
            library_id, lambda done, total, message: jobs.report(job.pk, done, total, message), really_gone
        )
    except jobs.JobCancelledError:
        return "cancelled"
    except folder_sync.BusyError:
        return "busy"  # the row belongs to the look that goes on
    except MediarecError as error:
        jobs.fail(job.pk, str(error))
        return "failed"
    jobs.finish(job.pk, describe_outcome(outcome))
    if outcome.batches:
        dispatch.enqueue_enrichment()
    return "done"


@shared_task
def rescan_due() -> int:
    """Returns how many libraries were sent to be looked through: those whose time has come."""
    due = folder_sync.list_due()
    for library in due:
        dispatch.enqueue_rescan(library.pk)
    return len(due)


def describe_outcome(outcome: folder_sync.RescanOutcome) -> str:
    """What changed, in a sentence; what stayed as it is, too, where nothing changed."""
    named = (("added", "new"), ("changed", "changed"), ("moved", "moved"), ("removed", "missing"), ("returned", "back"))
    told = [f"{outcome.counts[name]:,} {word}" for name, word in named if outcome.counts[name]]
    if not told:
        return f"Nothing has changed among {outcome.counts['unchanged']:,} files."
    return f"{', '.join(told)}; {outcome.counts['unchanged']:,} as they were."
