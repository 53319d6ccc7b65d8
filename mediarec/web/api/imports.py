"""/imports: what was brought in, rows that wait for a person's word, stopping and taking a batch back."""

from django.http import HttpRequest
from ninja import Router, Schema

from mediarec.library import batches
from mediarec.library.errors import NotFoundError
from mediarec.library.models import ImportBatch, ImportRow, Outcome
from mediarec.web.api.schemas import BatchOut
from mediarec.web.auth import current_person
from worker import dispatch

router = Router()
MOST_WAITING = 100


class CandidateOut(Schema):
    item_id: int
    confidence: float
    reasons: list[str]


class WaitingOut(Schema):
    """A row that could be something known: what it says, and what it may be."""

    id: int
    place: str
    reason: str
    work: dict[str, object]
    candidates: list[CandidateOut]


class ChoiceIn(Schema):
    """An item's number, "new" or "skip"."""

    choice: int | str


class RowOut(Schema):
    id: int
    outcome: str
    item_id: int | None
    reason: str


@router.get("", response=list[BatchOut])
def list_batches(request: HttpRequest) -> list[ImportBatch]:
    return list(ImportBatch.objects.filter(person_id=current_person(request).pk)[:200])


@router.get("/{batch_id}", response=BatchOut)
def read_batch(request: HttpRequest, batch_id: int) -> ImportBatch:
    return _find_batch(current_person(request).pk, batch_id)


@router.post("/{batch_id}/undo", response={202: BatchOut}, summary="Undo an import, in the background")
def undo_batch(request: HttpRequest, batch_id: int) -> tuple[int, ImportBatch]:
    batch = _find_batch(current_person(request).pk, batch_id)
    dispatch.enqueue_undo(batch.pk)
    return 202, batch


@router.post("/{batch_id}/cancel", response=BatchOut, summary="Cancel an import before it is added")
def cancel_batch(request: HttpRequest, batch_id: int) -> ImportBatch:
    batch = _find_batch(current_person(request).pk, batch_id)
    if not batches.cancel_batch(batch.pk):
        dispatch.enqueue_undo(batch.pk)
    batch.refresh_from_db()
    return batch


@router.get("/{batch_id}/review", response=list[WaitingOut], summary="Rows that need a decision")
def list_waiting(request: HttpRequest, batch_id: int) -> list[WaitingOut]:
    batch = _find_batch(current_person(request).pk, batch_id)
    rows = batch.rows.filter(outcome=Outcome.REVIEW).order_by("number")[:MOST_WAITING]
    return [_describe(row) for row in rows]


@router.post("/{batch_id}/rows/{row_id}", response=RowOut, summary="Decide what a row is")
def resolve_row(request: HttpRequest, batch_id: int, row_id: int, wish: ChoiceIn) -> ImportRow:
    row = batches.resolve_row(_find_row(request, batch_id, row_id).pk, wish.choice)
    dispatch.enqueue_enrichment()
    return row


@router.post("/{batch_id}/rows/{row_id}/undo", response=RowOut, summary="Undo the decision on a row")
def reopen_row(request: HttpRequest, batch_id: int, row_id: int) -> ImportRow:
    return batches.reopen_row(_find_row(request, batch_id, row_id).pk)


def _describe(row: ImportRow) -> WaitingOut:
    found = [
        CandidateOut(item_id=item_id, confidence=evidence.confidence, reasons=list(evidence.reasons))
        for item_id, evidence in batches.list_row_candidates(row)
    ]
    work = row.parsed.get("work") or {}
    return WaitingOut(id=row.pk, place=row.place, reason=row.reason, work=work, candidates=found)


def _find_row(request: HttpRequest, batch_id: int, row_id: int) -> ImportRow:
    row = _find_batch(current_person(request).pk, batch_id).rows.filter(pk=row_id).first()
    if row is None:
        raise NotFoundError("There is no such row in this import.")
    return row


def _find_batch(person_id: int, batch_id: int) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=batch_id, person_id=person_id).first()
    if batch is None:
        raise NotFoundError("There is no such import.")
    return batch
