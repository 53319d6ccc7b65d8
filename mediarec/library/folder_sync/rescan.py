"""One scan of a library: compare, apply moves and removals, import new and changed files in batches.

An interrupted scan leaves no half-applied state: the next one compares again and continues with what is left.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from mediarec.library import batches
from mediarec.library.advisory_locks import LIBRARIES, try_advisory_lock
from mediarec.library.errors import MediarecError, UnavailableError
from mediarec.library.exclusions import below_folders
from mediarec.library.folder_sync import apply, skipped_files
from mediarec.library.folder_sync.diff import FolderDiff, diff_folder
from mediarec.library.folder_sync.libraries import find_library
from mediarec.library.folder_sync.move_detection import SyncPlan, detect_moves, list_suspects
from mediarec.library.folder_sync.sidecars import find_renewed, read_clock
from mediarec.library.importers.audio_files import AUDIO_ENDINGS
from mediarec.library.importers.folder import begins_like_media
from mediarec.library.importers.video_files import VIDEO_ENDINGS
from mediarec.library.importers.watch_history import LISTS_FOLDER, write_list
from mediarec.library.models import BatchState, ImportBatch, Library, MediaFile, Person
from mediarec.library.models.items import MUSIC_KINDS
from mediarec.library.scanning import FoundFile

BATCH_FILES = 2000  # a cancelled scan loses at most the reading of one batch
FOUND_KINDS = ("added", "changed", "moved", "removed", "returned", "unchanged", "left_out", "others")
LOOKED = "looked_ns"  # key in `Library.found`: the start of the last successful scan
OnProgress = Callable[[int, int, str], None]


class BusyError(UnavailableError):
    """Another process is scanning the same library."""


@dataclass(frozen=True)
class RescanOutcome:
    """The counts of one scan by FOUND_KINDS; `problem` is why it failed, if it did."""

    library: str
    counts: dict[str, int]
    problems: list[str]
    batches: list[int]
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        summary = {"library": self.library, **self.counts, "batches": self.batches, "problems": self.problems}
        return {**summary, "problem": self.problem} if self.problem else summary


def rescan_library(library_id: int, on_progress: OnProgress | None = None, really_gone: bool = False) -> RescanOutcome:
    """Scans a library once. With `really_gone` a folder that became empty is accepted.

    Raises NotFoundError for an unknown library, UnavailableError if its folder is missing, unreadable, suddenly empty,
    or being scanned by another process; nothing is marked missing then.
    """
    library = find_library(library_id)
    report = on_progress or (lambda done, total, message: None)
    with try_advisory_lock((LIBRARIES, library.pk)) as is_acquired:
        if not is_acquired:
            raise BusyError(f"{library.name} is being looked through already.")
        _plan_next(library)
        started_ns = read_clock()
        try:
            outcome = _rescan(library, report, really_gone)
        except MediarecError as error:
            _update_library(library, {"problem": str(error)})
            raise
        _update_library(
            library, {"problem": "", "found": {**library.found, **_count_fields(outcome), LOOKED: started_ns}}
        )
        return outcome


def _count_fields(outcome: RescanOutcome) -> dict[str, Any]:
    return {**outcome.counts, "problems": outcome.problems}


def compare_library(library: Library, on_file: Callable[[int], None] = lambda looked_at: None) -> FolderDiff:
    """The diff of a scan, without applying it. Reads no file content."""
    root = bytes(library.root_raw)
    known = apply.load_known(library.pk, root)
    return diff_folder(root, known, choose_endings(library.kinds), on_file, library.found.get(LOOKED))


def choose_endings(kinds: Sequence[str]) -> frozenset[bytes]:
    """File extensions of media that may hold these kinds; all of them without kinds."""
    music = AUDIO_ENDINGS if not kinds or set(kinds) & set(MUSIC_KINDS) else frozenset()
    screen = VIDEO_ENDINGS if not kinds or set(kinds) - set(MUSIC_KINDS) else frozenset()
    return frozenset(ending.encode() for ending in {*music, *screen})


def _rescan(library: Library, report: OnProgress, really_gone: bool) -> RescanOutcome:
    _check_root(library)
    skipped_files.record_undone(library)
    diff = compare_library(library, lambda looked_at: report(looked_at, 0, "looking"))
    if diff.is_empty and not really_gone:
        _check_not_emptied(library)
    plan = detect_moves(diff, apply.load_contents(list_suspects(diff)))
    apply.apply_plan(plan)
    unrecognised = [
        file for file in plan.added if not os.path.splitext(file.path)[1] and not begins_like_media(file.path)
    ]
    skipped_files.record_unrecognised(library, unrecognised)
    unrecognised_paths = {file.path for file in unrecognised}
    to_read = {file.path: file for file in [*plan.added, *plan.changed] if file.path not in unrecognised_paths}
    renewed = apply.select_renewable(find_renewed(diff.sidecars, choose_endings(library.kinds)), to_read)
    to_read |= {path: file for path, (file, _) in renewed.items()}
    renews = {path: sorted(what) for path, (_, what) in renewed.items()}
    batch_ids = _import_new(library, sorted(to_read.values(), key=_walk_order), report, renews)
    skipped_files.forget_settled(library)
    return RescanOutcome(
        library.name,
        _count(diff, plan, len(unrecognised), apply.count_unmoved(renewed, plan)),
        diff.problems,
        batch_ids,
    )


def _count(diff: FolderDiff, plan: SyncPlan, unrecognised: int, renewed: int) -> dict[str, int]:
    """Counts by FOUND_KINDS. A file whose NFO or poster changed counts as changed."""
    counts = (
        *(len(plan.added) - unrecognised, len(plan.changed) + renewed, len(plan.moved)),
        *(len(plan.removed) + len(plan.overwritten), len(plan.back)),
        *(diff.unchanged + len(plan.touched) - renewed, diff.left_out, diff.others + unrecognised),
    )
    return dict(zip(FOUND_KINDS, counts, strict=True))


def _walk_order(file: FoundFile) -> tuple[bytes, bytes]:
    """Keeps the files of a folder together, because their covers and artists are read together."""
    folder, name = os.path.split(file.path)
    return folder, name


def _check_root(library: Library) -> None:
    root = bytes(library.root_raw)
    if not os.path.isdir(root):
        raise UnavailableError(f"{library.root} is not there; is its disk connected? Nothing was marked as missing.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise UnavailableError(f"{library.root} cannot be opened by this program. Nothing was marked as missing.")


def _check_not_emptied(library: Library) -> None:
    present = apply.count_present(bytes(library.root_raw))
    if present:
        raise UnavailableError(
            f"{library.root} is empty, and {present} files were there before; is its disk connected? "
            "Nothing was marked as missing. If they are really gone, say so and look again."
        )


def _import_new(
    library: Library, files: Sequence[FoundFile], report: OnProgress, renews: Mapping[bytes, list[str]]
) -> list[int]:
    """Imports new and changed files as batches that are committed at once; returns the batch IDs."""
    batch_ids: list[int] = []
    for start in range(0, len(files), BATCH_FILES):
        part = files[start : start + BATCH_FILES]
        batch = _make_batch(library, part, renews)
        batch_ids.append(batch.pk)
        _run_batch(batch, partial(_report_reading, report, start, len(files)))
        apply.note_inodes(part)
        skipped_files.record_skipped(library, batch)
    return batch_ids


def _report_reading(report: OnProgress, start: int, total: int, done: int) -> None:
    report(min(start + done, total), total, "reading")


def _make_batch(library: Library, files: Sequence[FoundFile], renews: Mapping[bytes, list[str]]) -> ImportBatch:
    person = library.person or Person.objects.filter(is_staff=True, is_active=True).order_by("pk").first()
    if person is None:
        raise UnavailableError(f"Nobody keeps this installation yet, so nobody can be given what {library.name} holds.")
    target = settings.UPLOADS_ROOT / LISTS_FOLDER / uuid.uuid4().hex / "files.jsonl"
    try:
        write_list(files, library.kinds, apply.list_placed_by_hand(files), target, renews)
    except OSError as error:
        raise UnavailableError(f"{target.parent} cannot be written: {error.strerror}.") from error
    label = f"{library.name}: {len(files)} new or changed file{'s' if len(files) > 1 else ''}"
    options = {"library": library.pk}
    return batches.create_batch(person, Path(target), label=label, auto_commit=True, options=options)


def _run_batch(batch: ImportBatch, report: Callable[[int], None]) -> None:
    """Reads and commits a batch. An interrupted batch is marked cancelled, so that it is not resumed automatically."""
    try:
        batches.read_batch(batch.pk, lambda done, total: report(done))
        batches.commit_batch(batch.pk, lambda done, total: report(done))
    except MediarecError:
        raise  # the batch stores the message
    except Exception:
        moving = (BatchState.READING, BatchState.PREVIEW, BatchState.COMMITTING)
        ImportBatch.objects.filter(pk=batch.pk, state__in=moving).update(state=BatchState.CANCELLED)
        raise


def _update_library(library: Library, values: dict[str, Any]) -> None:
    Library.objects.filter(pk=library.pk).update(scanned_at=timezone.now(), **values)


def _plan_next(library: Library) -> None:
    """Schedules the next scan before this one starts, so that an interrupted scan is not retried at once."""
    next_scan_at = timezone.now() + timedelta(minutes=library.every_minutes) if library.every_minutes else None
    Library.objects.filter(pk=library.pk).update(next_scan_at=next_scan_at)


def count_files(library: Library) -> tuple[int, int]:
    """The number of (present, missing) files of a library."""
    below = MediaFile.objects.filter(below_folders([bytes(library.root_raw)]))
    return below.filter(is_missing=False).count(), below.filter(is_missing=True).count()
