"""What is never recommended: items, libraries and folders kept out by hand. Every list of recommendations asks here.

Places are looked up by ranges of the path's index whenever a list is made, so nothing goes stale when a file moves.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import ExcludedFolder, Item, Library, MediaFile
from mediarec.library.scanning import show_path


def exclude_excluded_items(items: QuerySet[Item]) -> QuerySet[Item]:
    """Without what is excluded by itself, with its album or series, or by where all its copies lie."""
    items = items.filter(is_excluded=False).exclude(parent_id__in=Item.objects.filter(is_excluded=True).values("pk"))
    places = list_excluded_places()
    if not places:
        return items
    inside = MediaFile.objects.filter(find_below(places))
    outside = MediaFile.objects.filter(~find_below(places), is_missing=False)
    held = inside.exclude(Exists(outside.filter(item_id=OuterRef("item_id"))))
    parents = inside.filter(item__parent__isnull=False).exclude(
        Exists(outside.filter(item__parent_id=OuterRef("item__parent_id")))
    )
    return items.exclude(pk__in=held.values("item_id")).exclude(
        Q(pk__in=parents.values("item__parent_id")) & ~Exists(outside.filter(item_id=OuterRef("pk")))
    )


def list_excluded_places() -> list[bytes]:
    """The exact paths of folders kept out, their own and those of libraries."""
    folders = ExcludedFolder.objects.values_list("path_raw", flat=True)
    libraries = Library.objects.filter(is_excluded=True).values_list("root_raw", flat=True)
    return sorted({bytes(path) for path in folders.union(libraries)})


def find_below(places: list[bytes], column: str = "path_raw") -> Q:
    """Paths below any of the folders, as ranges that an index answers; no folder, nothing."""
    found = Q(pk__in=[])
    for place in places:
        start = place.rstrip(b"/") + b"/"
        found |= Q(**{f"{column}__gte": start, f"{column}__lt": start[:-1] + b"0"})  # "0" comes right after "/"
    return found


def check_folder(path: bytes) -> bytes:
    """The path as it is kept. Raises NotUnderstoodError for what is no full path."""
    if not path.startswith(b"/") or b"\x00" in path:
        raise NotUnderstoodError(f"“{show_path(path)}” is not a full path; it begins with /.")
    plain = os.path.normpath(path)
    if plain in {b"/", b"//"}:
        raise NotUnderstoodError("The whole machine cannot be kept out; name a folder.")
    return plain


def exclude_folder(path: bytes) -> ExcludedFolder:
    """Keeps a folder out. Raises NotUnderstoodError for what is no full path."""
    plain = check_folder(path)
    folder, _ = ExcludedFolder.objects.get_or_create(path_raw=plain, defaults={"path": show_path(plain)})
    return folder


def include_folder(folder_id: int) -> str:
    """Lets a folder in again; returns its path for eyes."""
    folder = ExcludedFolder.objects.filter(pk=folder_id).first()
    if folder is None:
        raise NotFoundError("That folder is not kept out.")
    folder.delete()
    return folder.path


def count_below(path: bytes) -> int:
    """How many files that are here lie below a folder."""
    return MediaFile.objects.filter(find_below([path]), is_missing=False).count()


def to_bytes(path: str | Path) -> bytes:
    return os.fsencode(path)
