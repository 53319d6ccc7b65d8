"""Shared by reading, committing and undoing: finding a batch, locking it, recording failures and progress."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.conf import settings
from django.db.utils import DataError
from django.utils import timezone

from mediarec.library.advisory_locks import IMPORT_BATCHES, try_advisory_lock
from mediarec.library.errors import MediarecError, NotFoundError
from mediarec.library.models import BatchState, ImportBatch, MediaFile

logger = logging.getLogger(__name__)
CHUNK = 500
OnProgress = Callable[[int, int], None]


def find_batch(batch_id: int) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise NotFoundError("There is no such import.")
    return batch


def lock_batch(batch_id: int, wait_seconds: float = 0.0) -> AbstractContextManager[bool]:
    """True for the one process that works on the batch now."""
    return try_advisory_lock((IMPORT_BATCHES, batch_id), wait_seconds)


@contextmanager
def marking_failures(batch: ImportBatch) -> Iterator[None]:
    """Marks the batch as failed with the sentence of a MediarecError or DataError, and raises it again."""
    try:
        yield
    except MediarecError as error:
        mark_failed(batch, str(error))
        raise
    except DataError as error:
        sentence = f"{batch.label}: a row of it does not fit into the database ({str(error).strip()})."
        mark_failed(batch, sentence)
        raise MediarecError(sentence) from error


def mark_failed(batch: ImportBatch, sentence: str) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.FAILED, error=sentence)


def heartbeat(batch: ImportBatch, done: int, total: int, on_progress: OnProgress | None) -> None:
    """Records progress for the page, and a heartbeat for the job that finds abandoned batches."""
    values: dict[str, object] = {"heartbeat_at": timezone.now()}
    if batch.state == BatchState.READING:
        values |= {"done": done, "total": total}
    ImportBatch.objects.filter(pk=batch.pk).update(**values)
    if on_progress:
        on_progress(done, total)


def discard_upload(batch: ImportBatch) -> None:
    """Deletes an uploaded file after its import; files and folders that a person named by path are never touched.

    Media files in an upload are marked as missing: the file is not kept, so nobody owns the work.
    """
    uploads: Path = settings.UPLOADS_ROOT
    path = Path(batch.path)
    if path.is_relative_to(uploads) and path.parent != uploads and ".." not in path.parts:
        shutil.rmtree(path.parent, ignore_errors=True)
        files = MediaFile.objects.filter(batch=batch, is_missing=False, path__startswith=f"{path.parent}/")
        files.update(is_missing=True, missing_since=timezone.now())
