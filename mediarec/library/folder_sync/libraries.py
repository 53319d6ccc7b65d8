"""Library rows: validated creation, changes and removal, and which libraries are due for a scan."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from mediarec.library import audit
from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Kind, Library, Person
from mediarec.library.scanning import show_path

LONGEST_NAME = 80
MOST_MINUTES = 60 * 24 * 31
LIBRARY_KINDS = (Kind.FILM, Kind.SERIES, Kind.VIDEO, Kind.ALBUM)  # an album includes tracks, a series episodes


@dataclass(frozen=True)
class LibrarySettings:
    """Settings of a library. Empty `kinds` means all; `every_minutes` 0 means only on request."""

    name: str
    kinds: Sequence[str] = ()
    person_id: int | None = None
    every_minutes: int = 60
    is_enabled: bool = True
    is_excluded: bool = False


def add_library(path: bytes, wish: LibrarySettings) -> Library:
    """Adds a watched folder. Raises NotUnderstoodError for an unsuitable path or settings."""
    root = check_root(path)
    name = wish.name.strip() or show_path(os.path.basename(root))
    _check_settings(wish, name)
    if Library.objects.filter(name=name).exists():
        raise NotUnderstoodError(f"There is a library called “{name}” already.")
    return Library.objects.create(
        root=show_path(root), root_raw=root, next_scan_at=timezone.now(), **_describe(wish, name)
    )


def change_library(library_id: int, wish: LibrarySettings) -> Library:
    """Changes the settings of a library; its folder stays."""
    library = find_library(library_id)
    name = wish.name.strip() or library.name
    _check_settings(wish, name)
    if Library.objects.filter(name=name).exclude(pk=library.pk).exists():
        raise NotUnderstoodError(f"There is a library called “{name}” already.")
    if wish.every_minutes != library.every_minutes:
        library.next_scan_at = timezone.now() if wish.every_minutes else None
    for field, value in _describe(wish, name).items():
        setattr(library, field, value)
    library.save()
    return library


def check_root(path: bytes) -> bytes:
    """The normalised path. Raises NotUnderstoodError unless it is a readable folder outside the program's own files
    and not nested with another library."""
    if not path.startswith(b"/") or b"\x00" in path:
        raise NotUnderstoodError(f"“{show_path(path)}” is not a full path; write it from / on, like /home/me/Music.")
    root = os.path.normpath(path)
    shown = show_path(root)
    if not os.path.isdir(root):
        raise NotUnderstoodError(f"{shown} is not a folder on this machine, or this program may not see it.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise NotUnderstoodError(f"{shown} cannot be opened by this program: let its user read it.")
    _check_overlap(root, shown)
    return root


def _check_overlap(root: bytes, shown: str) -> None:
    real, own_files = Path(os.fsdecode(root)).resolve(), Path(settings.MEDIAREC_HOME).resolve()
    if real == own_files or own_files in real.parents or real in own_files.parents:
        raise NotUnderstoodError(f"{shown} holds mediarec's own files, or lies among them; choose another folder.")
    for other in Library.objects.all():
        other_root = Path(os.fsdecode(bytes(other.root_raw))).resolve()
        if real == other_root:
            raise NotUnderstoodError(f"{shown} is watched already, as “{other.name}”.")
        if other_root in real.parents or real in other_root.parents:
            raise NotUnderstoodError(
                f"{shown} and the folder of “{other.name}” lie inside one another; watch one of them."
            )


def _check_settings(wish: LibrarySettings, name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise NotUnderstoodError(f"A name has at most {LONGEST_NAME} letters.")
    if unknown := set(wish.kinds) - set(LIBRARY_KINDS):
        raise NotUnderstoodError(f"“{min(unknown)}” is no kind of media that a folder can hold.")
    if not 0 <= wish.every_minutes <= MOST_MINUTES:
        raise NotUnderstoodError("A folder is looked through between once a minute and once a month, or by hand (0).")
    if wish.person_id is not None and not Person.objects.filter(pk=wish.person_id).exists():
        raise NotFoundError("There is no such person.")


def _describe(wish: LibrarySettings, name: str) -> dict[str, object]:
    return {
        "name": name,
        "kinds": [str(kind) for kind in LIBRARY_KINDS if kind in wish.kinds],
        "person_id": wish.person_id,
        "every_minutes": wish.every_minutes,
        "is_enabled": wish.is_enabled,
        "is_excluded": wish.is_excluded,
    }


def find_library(library_id: int) -> Library:
    library = Library.objects.select_related("person").filter(pk=library_id).first()
    if library is None:
        raise NotFoundError(f"There is no library number {library_id}.")
    return library


def find_by_name(name: str) -> Library:
    """A library by ID or name, as typed by a person. Raises NotFoundError."""
    condition = Q(name__iexact=name) | (Q(pk=int(name)) if name.isdecimal() and len(name) < 18 else Q(pk__in=[]))
    library = Library.objects.filter(condition).order_by("pk").first()
    if library is None:
        names = ", ".join(Library.objects.values_list("name", flat=True)) or "none yet"
        raise NotFoundError(f"There is no library called “{name}”; there are: {names}.")
    return library


def list_due(now: datetime | None = None) -> list[Library]:
    """Enabled libraries whose next scan is due."""
    return list(Library.objects.filter(is_enabled=True, every_minutes__gt=0, next_scan_at__lte=now or timezone.now()))


def set_excluded(libraries: Sequence[Library], is_excluded: bool, actor: Person) -> int:
    """Excludes the content of libraries from every list, or includes it again; returns how many changed."""
    action = "excluded" if is_excluded else "let in again"
    count = audit.record_bulk(actor, action, libraries, {"is_excluded": is_excluded})
    Library.objects.filter(pk__in=[library.pk for library in libraries]).update(is_excluded=is_excluded)
    return count


def remove_library(library_id: int) -> Library:
    """Stops watching a folder. Its files, their items and all interactions stay."""
    library = find_library(library_id)
    Library.objects.filter(pk=library.pk).delete()
    return library
