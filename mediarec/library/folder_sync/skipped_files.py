"""Files of a library that did not go in, so that they are not read again at every look; and reading them after all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, QuerySet

from mediarec.library.importers.watch_history import AGAIN
from mediarec.library.models import BatchState, ImportBatch, ImportRow, LeftOutFile, Library, MediaFile, Outcome
from mediarec.library.scanning import FoundFile, show_path

UNRECOGNISED = "is neither audio nor video"
TAKEN_BACK = "taken_back"  # in `Library.found`: undone batches whose files were noted


def record_unrecognised(library: Library, files: Iterable[FoundFile]) -> None:
    """Files without an ending that are no media: looked into once."""
    _write(LeftOutFile(library=library, reason=UNRECOGNISED, **_describe(file)) for file in files)


def record_skipped(library: Library, batch: ImportBatch) -> None:
    """What a batch could not read or is not sure of. A row that is settled later makes its file a known one."""
    waits = f"waits for a look in import {batch.pk}"
    rows = batch.rows.filter(outcome__in=(Outcome.REJECTED, Outcome.REVIEW), raw__has_key="path_hex")
    rows = rows.exclude(raw__has_key=AGAIN)
    _write(_build(library, row, waits if row.outcome == Outcome.REVIEW else row.reason) for row in rows)


def forget_settled(library: Library) -> None:
    """Files that went in since, by a later look or by a word on their row."""
    library.left_out.filter(Exists(MediaFile.objects.filter(path_raw=OuterRef("path_raw")))).delete()


def note_taken_back(library: Library) -> None:
    """Files that came in with a batch which somebody took back since: they stay out until asked for."""
    noted = library.found.get(TAKEN_BACK, [])
    undone = ImportBatch.objects.filter(source="watched", counts__options__library=library.pk, state=BatchState.UNDONE)
    fresh = list(undone.exclude(pk__in=noted))
    for batch in fresh:
        rows = batch.rows.filter(raw__has_key="path_hex").exclude(raw__has_key=AGAIN)
        known = {bytes(path) for path in MediaFile.objects.values_list("path_raw", flat=True).iterator()}
        reason = f"was taken back with import {batch.pk}"
        _write(_build(library, row, reason) for row in rows if bytes.fromhex(row.raw["path_hex"]) not in known)
    if fresh:
        library.found = {**library.found, TAKEN_BACK: [*noted, *(batch.pk for batch in fresh)]}
        library.save(update_fields=["found"])


def list_skipped(library: Library) -> QuerySet[LeftOutFile]:
    """Those worth showing to a person."""
    return library.left_out.exclude(reason=UNRECOGNISED).order_by("path")


def read_again(library: Library) -> int:
    """Forgets what was left out, so that the next look reads it; returns how many files."""
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
    written: Sequence[str] = ("library", "size_bytes", "mtime_ns", "inode", "reason")
    by_path = {bytes(row.path_raw): row for row in rows}
    LeftOutFile.objects.bulk_create(
        by_path.values(), batch_size=1000, update_conflicts=True, unique_fields=["path_raw"], update_fields=written
    )
