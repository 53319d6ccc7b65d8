"""Orphans: pictures no item uses, uploads no import waits for, rows whose file is gone, contributors without credits.

Finding deletes nothing. Deleting refuses a suspiciously large part, which may be an unplugged disk.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.exclusions import below_folders
from mediarec.library.importers.watch_history import LISTS_FOLDER
from mediarec.library.models import BatchState, Contributor, ImportBatch, Item, Library, MediaFile

YOUNG_SECONDS = 60 * 60  # newer files may still be in use by a running write
SHOWN = 100
WAITING = (BatchState.READING, BatchState.PREVIEW, BatchState.COMMITTING, BatchState.UNDOING)


@dataclass(frozen=True)
class Cap:
    """Safety limit: at most `most` rows of a part, or at most `percent` of its total, may be deleted."""

    most: int = 100
    percent: float = 10.0

    def allows(self, count: int, total: int) -> bool:
        return count <= self.most or 100 * count <= self.percent * total


@dataclass(frozen=True)
class Orphans:
    """The orphans of one part. `handles` are the arguments of `delete`; `names` are for display."""

    part: str
    label: str
    total: int
    names: list[str]
    handles: list[Any] = field(repr=False)
    delete: Callable[[Sequence[Any]], int] = field(repr=False)
    size_bytes: int = 0

    @property
    def count(self) -> int:
        return len(self.handles)

    def to_json(self) -> dict[str, Any]:
        summary = {"part": self.part, "found": self.count, "of": self.total, "bytes": self.size_bytes}
        return {**summary, "first": self.names[:SHOWN]}


def find_orphans() -> list[Orphans]:
    return [_find_artwork(), _find_uploads(), _find_gone_files(), _find_people()]


def check_cap(found: Iterable[Orphans], cap: Cap) -> None:
    """Raises NotUnderstoodError, naming the part, if any part exceeds the cap."""
    for orphans in found:
        if not cap.allows(orphans.count, orphans.total):
            raise NotUnderstoodError(
                f"{orphans.label}: {orphans.count} of {orphans.total} would go, more than {cap.most} and more than "
                f"{cap.percent:g} percent. Nothing was deleted. If that is right, allow that many."
            )


def delete_orphans(found: Sequence[Orphans], cap: Cap) -> dict[str, int]:
    """Deletes the orphans and returns the count per part. Raises NotUnderstoodError first if any exceeds the cap."""
    check_cap(found, cap)
    return {orphans.part: orphans.delete(orphans.handles) for orphans in found}


def _find_artwork() -> Orphans:
    folder: Path = settings.ARTWORK_ROOT
    files = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    used = set(Item.objects.exclude(artwork="").values_list("artwork", flat=True))
    unused = [path for name, path in sorted(files.items()) if name not in used and _is_old(path)]
    return Orphans(
        "artwork",
        "Pictures that no item shows",
        len(files),
        [path.name for path in unused],
        unused,
        _unlink,
        _total_bytes(unused),
    )


def _find_uploads() -> Orphans:
    """Upload folders without an import that is waiting or running."""
    folder: Path = settings.UPLOADS_ROOT
    in_use = {
        Path(path).parent for path in ImportBatch.objects.filter(state__in=WAITING).values_list("path", flat=True)
    }
    folders = [*_list_folders(folder), *_list_folders(folder / LISTS_FOLDER)]
    unused = [path for path in folders if path not in in_use and _is_old(path)]
    names = [str(path.relative_to(folder)) for path in unused]
    return Orphans(
        "uploads",
        "Uploads that no import waits for",
        len(folders),
        names,
        unused,
        _remove_folders,
        _total_bytes(unused),
    )


def _find_gone_files() -> Orphans:
    """Rows whose file does not exist. Libraries whose root is missing are skipped: the disk may be unplugged."""
    missing_roots = [
        bytes(raw) for raw in Library.objects.values_list("root_raw", flat=True) if not os.path.isdir(bytes(raw))
    ]
    total = MediaFile.objects.count()
    rows = MediaFile.objects.exclude(below_folders(missing_roots)).order_by("pk").values_list("pk", "path_raw", "path")
    gone = [(pk, path) for pk, raw, path in rows.iterator(chunk_size=5000) if not os.path.exists(bytes(raw))]
    names = [path for _, path in gone]
    label = "Rows whose file is gone (the history of their items stays)"
    return Orphans("files", label, total, names, [pk for pk, _ in gone], _delete_files)


def _find_people() -> Orphans:
    rows = list(Contributor.objects.filter(credits__isnull=True).values_list("pk", "name"))
    label = "People credited on nothing"
    return Orphans(
        "people", label, Contributor.objects.count(), [name for _, name in rows], [pk for pk, _ in rows], _delete_people
    )


def _list_folders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.is_dir() and path.name != LISTS_FOLDER)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > YOUNG_SECONDS
    except OSError:
        return False


def _total_bytes(paths: Iterable[Path]) -> int:
    files = (file for path in paths for file in ([path] if path.is_file() else path.rglob("*")))
    return sum(file.lstat().st_size for file in files if file.is_file())


def _unlink(paths: Sequence[Path]) -> int:
    used = set(Item.objects.filter(artwork__in=[path.name for path in paths]).values_list("artwork", flat=True))
    unused = [path for path in paths if path.name not in used]  # an item may have started to use one meanwhile
    for path in unused:
        path.unlink(missing_ok=True)
    return len(unused)


def _remove_folders(paths: Sequence[Path]) -> int:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
    return sum(not path.exists() for path in paths)


def _delete_files(rows: Sequence[int]) -> int:
    present = {pk for pk, raw in MediaFile.objects.filter(pk__in=rows).values_list("pk", "path_raw") if _exists(raw)}
    return MediaFile.objects.filter(pk__in=set(rows) - present).delete()[0]


def _exists(raw: bytes | memoryview) -> bool:
    return os.path.exists(bytes(raw))


def _delete_people(rows: Sequence[int]) -> int:
    return Contributor.objects.filter(pk__in=rows, credits__isnull=True).delete()[0]
