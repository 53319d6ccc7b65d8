"""Stopping an import: while it is read and before it is added nothing has changed; later it is taken back instead."""

from django.db import transaction

from mediarec.library.batches.batch_state import discard_upload
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import BatchState, ImportBatch

UNTOUCHED = (BatchState.READING, BatchState.PREVIEW)


@transaction.atomic
def cancel_batch(batch_id: int) -> bool:
    """True where it is cancelled at once; False where rows are in already, so that it must be taken back.

    Raises NotUnderstoodError where there is nothing to stop.
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
