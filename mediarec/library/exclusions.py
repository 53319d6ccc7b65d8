"""Exclusions: items, libraries and folders that are never recommended. Every list of recommendations applies them.

Folders are matched by range scans of the path index at query time, so nothing becomes stale when a file moves.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import ExcludedFolder, Item, Library, MediaFile
from mediarec.library.scanning import show_path


def exclude_excluded_items(items: QuerySet[Item]) -> QuerySet[Item]:
    """Items not excluded themselves, through their parent, or because all their files are in excluded folders."""
    items = items.filter(is_excluded=False).exclude(parent_id__in=Item.objects.filter(is_excluded=True).values("pk"))
    folders = list_excluded_folders()
    if not folders:
        return items
    # An item is excluded by folder only if no present file of it (or, for an album or series, of its parts) is outside.
    inside = MediaFile.objects.filter(below_folders(folders))
    outside = MediaFile.objects.filter(~below_folders(folders), is_missing=False)
    excluded_files = inside.exclude(Exists(outside.filter(item_id=OuterRef("item_id"))))
    excluded_parts = inside.filter(item__parent__isnull=False).exclude(
        Exists(outside.filter(item__parent_id=OuterRef("item__parent_id")))
    )
    return items.exclude(pk__in=excluded_files.values("item_id")).exclude(
        Q(pk__in=excluded_parts.values("item__parent_id")) & ~Exists(outside.filter(item_id=OuterRef("pk")))
    )


def list_excluded_folders() -> list[bytes]:
    """The exact paths of excluded folders and of the roots of excluded libraries."""
    folders = ExcludedFolder.objects.values_list("path_raw", flat=True)
    libraries = Library.objects.filter(is_excluded=True).values_list("root_raw", flat=True)
    return sorted({bytes(path) for path in folders.union(libraries)})


def below_folders(places: list[bytes], column: str = "path_raw") -> Q:
    """A condition for paths below any of the folders, as index ranges; matches nothing without folders."""
    condition = Q(pk__in=[])
    for folder in places:
        start = folder.rstrip(b"/") + b"/"
        condition |= Q(**{f"{column}__gte": start, f"{column}__lt": start[:-1] + b"0"})  # "0" is the byte after "/"
    return condition


def check_folder(path: bytes) -> bytes:
    """The normalised path. Raises NotUnderstoodError if it is not absolute."""
    if not path.startswith(b"/") or b"\x00" in path:
        raise NotUnderstoodError(f"“{show_path(path)}” is not a full path; it begins with /.")
    normalised = os.path.normpath(path)
    if normalised in {b"/", b"//"}:
        raise NotUnderstoodError("The whole machine cannot be kept out; name a folder.")
    return normalised


def exclude_folder(path: bytes) -> ExcludedFolder:
    """Excludes a folder. Raises NotUnderstoodError if the path is not absolute."""
    normalised = check_folder(path)
    folder, _ = ExcludedFolder.objects.get_or_create(path_raw=normalised, defaults={"path": show_path(normalised)})
    return folder


def include_folder(folder_id: int) -> str:
    """Removes an exclusion; returns the folder's path for display. Raises NotFoundError."""
    folder = ExcludedFolder.objects.filter(pk=folder_id).first()
    if folder is None:
        raise NotFoundError("That folder is not kept out.")
    folder.delete()
    return folder.path


def count_below(path: bytes) -> int:
    """How many present files are below a folder."""
    return MediaFile.objects.filter(below_folders([path]), is_missing=False).count()


def to_bytes(path: str | Path) -> bytes:
    return os.fsencode(path)
