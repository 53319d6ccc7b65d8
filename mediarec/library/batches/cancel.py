"""Cancels an import. Before the commit nothing has changed; a commit in progress has to be undone instead."""

from django.db import transaction

from mediarec.library.batches.batch_state import discard_upload
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import BatchState, ImportBatch

UNTOUCHED = (BatchState.READING, BatchState.PREVIEW)


@transaction.atomic
def cancel_batch(batch_id: int) -> bool:
    """True where the batch is cancelled at once; False where rows are stored already, so that it must be undone.

    Raises NotUnderstoodError where there is nothing to cancel.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.state in UNTOUCHED:
        batch.state = BatchState.CANCELLED
        batch.save(update_fields=["state"])
        discard_upload(batch)
        return True
    if batch.state == BatchState.COMMITTING:
        return False
    raise NotUnderstoodError(f"This import cannot be stopped: it is {batch.get_state_display().lower()}.")
