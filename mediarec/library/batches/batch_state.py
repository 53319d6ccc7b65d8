"""Shared by reading, committing and undoing: finding a batch, locking it, recording failures and progress."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.utils import DataError
from django.utils import timezone

from mediarec.library.errors import MediarecError, NotFoundError
from mediarec.library.models import BatchState, ImportBatch, MediaFile

logger = logging.getLogger(__name__)
CHUNK = 500
LOCK_CLASS = 4117  # first key of the advisory lock, distinct from all other locks
OnProgress = Callable[[int, int], None]


def find_batch(batch_id: int) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise NotFoundError("There is no such import.")
    return batch


@contextmanager
def lock_batch(batch_id: int, wait_seconds: float = 0.0) -> Iterator[bool]:
    """An advisory lock: True for the one process that may work on the batch; ends with the block or the process."""
    is_locked = _try_lock(batch_id)
    deadline = time.monotonic() + wait_seconds
    while not is_locked and time.monotonic() < deadline:
        time.sleep(0.5)
        is_locked = _try_lock(batch_id)
    try:
        yield is_locked
    finally:
        if is_locked and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, batch_id])


def _try_lock(batch_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, batch_id])
        return bool(cursor.fetchone()[0])


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
