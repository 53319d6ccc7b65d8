"""What belongs to nothing: pictures no item shows, uploads no import waits for, rows whose file is gone.

Finding deletes nothing. Deleting refuses a part that is suspiciously large, which is what an unplugged disk looks like.
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
from mediarec.library.exclusions import find_below
from mediarec.library.importers.watch_history import LISTS_FOLDER
from mediarec.library.models import BatchState, Contributor, ImportBatch, Item, Library, MediaFile

YOUNG_SECONDS = 60 * 60  # what is newer may belong to something that is being written
SHOWN = 100
WAITING = (BatchState.READING, BatchState.PREVIEW, BatchState.COMMITTING, BatchState.UNDOING)


@dataclass(frozen=True)
class Cap:
    """Deleting goes on while it takes at most `most` of a part, or at most `percent` of all there is of it."""

    most: int = 100
    percent: float = 10.0

    def allows(self, count: int, total: int) -> bool:
        return count <= self.most or 100 * count <= self.percent * total


@dataclass(frozen=True)
class Orphans:
    """One part of what was found. `handles` are what `delete` takes; `names` are for eyes."""

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
        told = {"part": self.part, "found": self.count, "of": self.total, "bytes": self.size_bytes}
        return {**told, "first": self.names[:SHOWN]}


def find_orphans() -> list[Orphans]:
    return [_find_artwork(), _find_uploads(), _find_gone_files(), _find_people()]


def check_cap(found: Iterable[Orphans], cap: Cap) -> None:
    """Raises NotUnderstoodError, naming the part, before anything of any part is deleted."""
    for part in found:
        if not cap.allows(part.count, part.total):
            raise NotUnderstoodError(
                f"{part.label}: {part.count} of {part.total} would go, more than {cap.most} and more than "
                f"{cap.percent:g} percent. Nothing was deleted. If that is right, allow that many."
            )


def delete_orphans(found: Sequence[Orphans], cap: Cap) -> dict[str, int]:
    """Deletes what was found; returns how many of each part went."""
    check_cap(found, cap)
    return {part.part: part.delete(part.handles) for part in found}


def _find_artwork() -> Orphans:
    folder: Path = settings.ARTWORK_ROOT
    files = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    used = set(Item.objects.exclude(artwork="").values_list("artwork", flat=True))
    loose = [path for name, path in sorted(files.items()) if name not in used and _is_old(path)]
    return Orphans(
        "artwork",
        "Pictures that no item shows",
        len(files),
        [path.name for path in loose],
        loose,
        _unlink,
        _weigh(loose),
    )


def _find_uploads() -> Orphans:
    """Folders of uploads; an import that waits or moves holds on to its own."""
    folder: Path = settings.UPLOADS_ROOT
    held = {Path(path).parent for path in ImportBatch.objects.filter(state__in=WAITING).values_list("path", flat=True)}
    there = [*_list_folders(folder), *_list_folders(folder / LISTS_FOLDER)]
    loose = [path for path in there if path not in held and _is_old(path)]
    names = [str(path.relative_to(folder)) for path in loose]
    return Orphans(
        "uploads", "Uploads that no import waits for", len(there), names, loose, _remove_folders, _weigh(loose)
    )


def _find_gone_files() -> Orphans:
    """Rows of files that are not there. A library whose folder is away says nothing about its files."""
    away = [bytes(raw) for raw in Library.objects.values_list("root_raw", flat=True) if not os.path.isdir(bytes(raw))]
    total = MediaFile.objects.count()
    rows = MediaFile.objects.exclude(find_below(away)).order_by("pk").values_list("pk", "path_raw", "path")
    gone = [(pk, shown) for pk, raw, shown in rows.iterator(chunk_size=5000) if not os.path.exists(bytes(raw))]
    names = [shown for _, shown in gone]
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


def _weigh(paths: Iterable[Path]) -> int:
    files = (file for path in paths for file in ([path] if path.is_file() else path.rglob("*")))
    return sum(file.lstat().st_size for file in files if file.is_file())


def _unlink(paths: Sequence[Path]) -> int:
    used = set(Item.objects.filter(artwork__in=[path.name for path in paths]).values_list("artwork", flat=True))
    loose = [path for path in paths if path.name not in used]  # an item may have come to show one meanwhile
    for path in loose:
        path.unlink(missing_ok=True)
    return len(loose)


def _remove_folders(paths: Sequence[Path]) -> int:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
    return sum(not path.exists() for path in paths)


def _delete_files(rows: Sequence[int]) -> int:
    there = {pk for pk, raw in MediaFile.objects.filter(pk__in=rows).values_list("pk", "path_raw") if _exists(raw)}
    return MediaFile.objects.filter(pk__in=set(rows) - there).delete()[0]


def _exists(raw: bytes | memoryview) -> bool:
    return os.path.exists(bytes(raw))


def _delete_people(rows: Sequence[int]) -> int:
    return Contributor.objects.filter(pk__in=rows, credits__isnull=True).delete()[0]
