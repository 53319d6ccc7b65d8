"""/imports: what was brought in, and taking a batch back."""

from django.http import HttpRequest
from ninja import Router

from mediarec.library.errors import NotFoundError
from mediarec.library.models import ImportBatch
from mediarec.web.api.schemas import BatchOut
from mediarec.web.people import signed_in
from worker import queues

router = Router()


@router.get("", response=list[BatchOut])
def list_batches(request: HttpRequest) -> list[ImportBatch]:
    return list(ImportBatch.objects.filter(person_id=signed_in(request).pk)[:200])


@router.get("/{batch_id}", response=BatchOut)
def read_batch(request: HttpRequest, batch_id: int) -> ImportBatch:
    return _find_batch(signed_in(request).pk, batch_id)


@router.post("/{batch_id}/undo", response={202: BatchOut}, summary="Take a batch back, in the background")
def undo_batch(request: HttpRequest, batch_id: int) -> tuple[int, ImportBatch]:
    batch = _find_batch(signed_in(request).pk, batch_id)
    queues.enqueue_undo(batch.pk)
    return 202, batch


def _find_batch(person_id: int, batch_id: int) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=batch_id, person_id=person_id).first()
    if batch is None:
        raise NotFoundError("There is no such import.")
    return batch
