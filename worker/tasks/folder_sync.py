"""Rescans of watched folders, on request and on schedule."""

from celery import shared_task

from mediarec.library import folder_sync
from mediarec.library.errors import MediarecError
from worker import dispatch, jobs


@shared_task
def rescan_library(library_id: int, really_gone: bool = False) -> str:
    """If enqueued twice, only the first one runs. After an interruption, files read already are not read again."""
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
        return "busy"  # the row belongs to the running rescan
    except MediarecError as error:
        jobs.fail(job.pk, str(error))
        return "failed"
    jobs.finish(job.pk, describe_outcome(outcome))
    if outcome.batches:
        dispatch.enqueue_enrichment()
    return "done"


@shared_task
def rescan_due() -> int:
    """Enqueues the libraries whose rescan is due; returns how many."""
    due = folder_sync.list_due()
    for library in due:
        dispatch.enqueue_rescan(library.pk)
    return len(due)


def describe_outcome(outcome: folder_sync.RescanOutcome) -> str:
    """The changes as a sentence, with the number of unchanged files."""
    labels = (
        ("added", "new"),
        ("changed", "changed"),
        ("moved", "moved"),
        ("removed", "missing"),
        ("returned", "back"),
    )
    changes = [f"{outcome.counts[name]:,} {label}" for name, label in labels if outcome.counts[name]]
    if not changes:
        return f"Nothing has changed among {outcome.counts['unchanged']:,} files."
    return f"{', '.join(changes)}; {outcome.counts['unchanged']:,} unchanged."
