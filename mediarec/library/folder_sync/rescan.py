"""One look through a library: compare, note what moved or went, bring in what is new or changed as import batches.

Whatever ends it half way leaves nothing half done: the next look compares again and goes on with what is left.
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
from mediarec.library.exclusions import find_below
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

BATCH_FILES = 2000  # a cancelled look loses the reading of no more than these
FOUND_KINDS = ("added", "changed", "moved", "removed", "returned", "unchanged", "left_out", "others")
LOOKED = "looked_ns"  # in `Library.found`: when the last look that went well began
OnProgress = Callable[[int, int, str], None]


class BusyError(UnavailableError):
    """Another process looks through the same library at this moment."""


@dataclass(frozen=True)
class RescanOutcome:
    """What one look found, one number each of FOUND_KINDS; `problem` is why it found nothing."""

    library: str
    counts: dict[str, int]
    problems: list[str]
    batches: list[int]
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        told = {"library": self.library, **self.counts, "batches": self.batches, "problems": self.problems}
        return {**told, "problem": self.problem} if self.problem else told


def rescan_library(library_id: int, on_progress: OnProgress | None = None, really_gone: bool = False) -> RescanOutcome:
    """Looks through a library once. With `really_gone` an empty folder is believed.

    Raises NotFoundError for no such library, UnavailableError where its folder is not there, cannot be read, is empty
    all at once, or is being looked through by another process; nothing is marked missing then.
    """
    library = find_library(library_id)
    tell = on_progress or (lambda done, total, message: None)
    with try_advisory_lock((LIBRARIES, library.pk)) as is_ours:
        if not is_ours:
            raise BusyError(f"{library.name} is being looked through already.")
        _plan_next(library)
        began = read_clock()
        try:
            outcome = _rescan(library, tell, really_gone)
        except MediarecError as error:
            _keep(library, {"problem": str(error)})
            raise
        _keep(library, {"problem": "", "found": {**library.found, **_tell(outcome), LOOKED: began}})
        return outcome


def _tell(outcome: RescanOutcome) -> dict[str, Any]:
    return {**outcome.counts, "problems": outcome.problems}


def compare_library(library: Library, on_file: Callable[[int], None] = lambda looked_at: None) -> FolderDiff:
    """What a look finds, before anything is done about it. Reads no file."""
    root = bytes(library.root_raw)
    known = apply.load_known(library.pk, root)
    return diff_folder(root, known, choose_endings(library.kinds), on_file, library.found.get(LOOKED))


def choose_endings(kinds: Sequence[str]) -> frozenset[bytes]:
    """Endings of what may hold the kinds wanted; no kind means all of them."""
    music = AUDIO_ENDINGS if not kinds or set(kinds) & set(MUSIC_KINDS) else frozenset()
    screen = VIDEO_ENDINGS if not kinds or set(kinds) - set(MUSIC_KINDS) else frozenset()
    return frozenset(ending.encode() for ending in {*music, *screen})


def _rescan(library: Library, tell: OnProgress, really_gone: bool) -> RescanOutcome:
    _check_root(library)
    skipped_files.note_taken_back(library)
    found = compare_library(library, lambda looked_at: tell(looked_at, 0, "looking"))
    if found.is_empty and not really_gone:
        _check_not_emptied(library)
    plan = detect_moves(found, apply.load_contents(list_suspects(found)))
    apply.apply_plan(plan)
    strange = [file for file in plan.added if not os.path.splitext(file.path)[1] and not begins_like_media(file.path)]
    skipped_files.record_unrecognised(library, strange)
    odd = {file.path for file in strange}
    to_read = {file.path: file for file in [*plan.added, *plan.changed] if file.path not in odd}
    renewed = apply.keep_known(find_renewed(found.sidecars, choose_endings(library.kinds)), to_read)
    to_read |= {path: file for path, (file, _) in renewed.items()}
    renews = {path: sorted(what) for path, (_, what) in renewed.items()}
    made = _import_new(library, sorted(to_read.values(), key=_walk_order), tell, renews)
    skipped_files.forget_settled(library)
    return RescanOutcome(
        library.name, _count(found, plan, len(strange), apply.count_still(renewed, plan)), found.problems, made
    )


def _count(found: FolderDiff, plan: SyncPlan, strange: int, renewed: int) -> dict[str, int]:
    """A film whose NFO or poster changed has changed."""
    numbers = (
        *(len(plan.added) - strange, len(plan.changed) + renewed, len(plan.moved)),
        *(len(plan.removed) + len(plan.overwritten), len(plan.back)),
        *(found.unchanged + len(plan.touched) - renewed, found.left_out, found.others + strange),
    )
    return dict(zip(FOUND_KINDS, numbers, strict=True))


def _walk_order(file: FoundFile) -> tuple[bytes, bytes]:
    """A folder's files stand together, since their covers and artists are looked at together."""
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
    library: Library, files: Sequence[FoundFile], tell: OnProgress, renews: Mapping[bytes, list[str]]
) -> list[int]:
    """New and changed files as batches that are added at once; returns their numbers."""
    made: list[int] = []
    for start in range(0, len(files), BATCH_FILES):
        part = files[start : start + BATCH_FILES]
        batch = _make_batch(library, part, renews)
        made.append(batch.pk)
        _run_batch(batch, partial(_tell_reading, tell, start, len(files)))
        apply.note_inodes(part)
        skipped_files.record_skipped(library, batch)
    return made


def _tell_reading(tell: OnProgress, start: int, total: int, done: int) -> None:
    tell(min(start + done, total), total, "reading")


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


def _run_batch(batch: ImportBatch, tell: Callable[[int], None]) -> None:
    """Anything that stops it, a cancellation included, leaves a batch that nothing starts again by itself."""
    try:
        batches.read_batch(batch.pk, lambda done, total: tell(done))
        batches.commit_batch(batch.pk, lambda done, total: tell(done))
    except MediarecError:
        raise  # the batch bears its sentence
    except Exception:
        moving = (BatchState.READING, BatchState.PREVIEW, BatchState.COMMITTING)
        ImportBatch.objects.filter(pk=batch.pk, state__in=moving).update(state=BatchState.CANCELLED)
        raise


def _keep(library: Library, values: dict[str, Any]) -> None:
    Library.objects.filter(pk=library.pk).update(scanned_at=timezone.now(), **values)


def _plan_next(library: Library) -> None:
    """Before the look begins: one that is cancelled or killed does not start again within the minute."""
    later = timezone.now() + timedelta(minutes=library.every_minutes) if library.every_minutes else None
    Library.objects.filter(pk=library.pk).update(next_scan_at=later)


def count_files(library: Library) -> tuple[int, int]:
    """How many files of a library are here, and how many are missing."""
    below = MediaFile.objects.filter(find_below([bytes(library.root_raw)]))
    return below.filter(is_missing=False).count(), below.filter(is_missing=True).count()
