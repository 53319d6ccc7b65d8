"""Skipped files: recorded so that scans do not read them again, and forgotten to read them after all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, QuerySet

from mediarec.library.importers.watch_history import RETRY
from mediarec.library.models import BatchState, ImportBatch, ImportRow, LeftOutFile, Library, MediaFile, Outcome
from mediarec.library.scanning import FoundFile, show_path

UNRECOGNISED = "is neither audio nor video"
TAKEN_BACK = "taken_back"  # key in `Library.found`: undone batches whose files were recorded


def record_unrecognised(library: Library, files: Iterable[FoundFile]) -> None:
    """Records files without an extension that are not media."""
    _write(LeftOutFile(library=library, reason=UNRECOGNISED, **_describe(file)) for file in files)


def record_skipped(library: Library, batch: ImportBatch) -> None:
    """Records files that a batch rejected or left for review."""
    waits = f"waits for a look in import {batch.pk}"
    rows = batch.rows.filter(outcome__in=(Outcome.REJECTED, Outcome.REVIEW), raw__has_key="path_hex")
    rows = rows.exclude(raw__has_key=RETRY)
    _write(_build(library, row, waits if row.outcome == Outcome.REVIEW else row.reason) for row in rows)


def forget_settled(library: Library) -> None:
    """Deletes records of files that were imported since, by a later scan or a review."""
    library.left_out.filter(Exists(MediaFile.objects.filter(path_raw=OuterRef("path_raw")))).delete()


def record_undone(library: Library) -> None:
    """Records the files of undone batches, so that scans do not import them again unless asked to."""
    recorded = library.found.get(TAKEN_BACK, [])
    undone = ImportBatch.objects.filter(source="watched", counts__options__library=library.pk, state=BatchState.UNDONE)
    batches = list(undone.exclude(pk__in=recorded))
    for batch in batches:
        rows = batch.rows.filter(raw__has_key="path_hex").exclude(raw__has_key=RETRY)
        present = {bytes(path) for path in MediaFile.objects.values_list("path_raw", flat=True).iterator()}
        reason = f"was taken back with import {batch.pk}"
        _write(_build(library, row, reason) for row in rows if bytes.fromhex(row.raw["path_hex"]) not in present)
    if batches:
        library.found = {**library.found, TAKEN_BACK: [*recorded, *(batch.pk for batch in batches)]}
        library.save(update_fields=["found"])


def list_skipped(library: Library) -> QuerySet[LeftOutFile]:
    """Skipped files to show to a person."""
    return library.left_out.exclude(reason=UNRECOGNISED).order_by("path")


def forget_skipped(library: Library) -> int:
    """Forgets all skipped files, so that the next scan reads them; returns how many were listed."""
    count = list_skipped(library).count()
    library.left_out.all().delete()
    return count


def _build(library: Library, row: ImportRow, reason: str) -> LeftOutFile:
    raw = row.raw
    file = FoundFile(bytes.fromhex(raw["path_hex"]), raw["size"], raw["mtime"], raw["inode"])
    return LeftOutFile(library=library, reason=reason, **_describe(file))


def _describe(file: FoundFile) -> dict[str, object]:
    return {
        "path_raw": file.path,
        "path": show_path(file.path),
        "size_bytes": file.size_bytes,
        "mtime_ns": file.mtime_ns,
        "inode": file.inode,
    }


def _write(rows: Iterable[LeftOutFile]) -> None:
    fields: Sequence[str] = ("library", "size_bytes", "mtime_ns", "inode", "reason")
    by_path = {bytes(row.path_raw): row for row in rows}
    LeftOutFile.objects.bulk_create(
        by_path.values(), batch_size=1000, update_conflicts=True, unique_fields=["path_raw"], update_fields=fields
    )
