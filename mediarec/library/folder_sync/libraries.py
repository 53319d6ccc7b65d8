"""Libraries as rows: adding a folder after it was checked, changing and removing one, and which are due."""

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
LIBRARY_KINDS = (Kind.FILM, Kind.SERIES, Kind.VIDEO, Kind.ALBUM)  # an album stands for tracks, a series for episodes


@dataclass(frozen=True)
class LibrarySettings:
    """What a person said about a library. No kinds mean all of them; 0 minutes mean only when asked."""

    name: str
    kinds: Sequence[str] = ()
    person_id: int | None = None
    every_minutes: int = 60
    is_enabled: bool = True
    is_excluded: bool = False


def add_library(path: bytes, wish: LibrarySettings) -> Library:
    """A folder to be watched. Raises NotUnderstoodError with a sentence for a path that cannot be one."""
    root = check_root(path)
    name = wish.name.strip() or show_path(os.path.basename(root))
    _check_settings(wish, name)
    if Library.objects.filter(name=name).exists():
        raise NotUnderstoodError(f"There is a library called “{name}” already.")
    return Library.objects.create(
        root=show_path(root), root_raw=root, next_scan_at=timezone.now(), **_describe(wish, name)
    )


def change_library(library_id: int, wish: LibrarySettings) -> Library:
    """The same wishes for a library that is there; its folder stays."""
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
    """The folder as it is kept. It must be there, be readable, be no part of our own files, and lie apart from every
    other library."""
    if not path.startswith(b"/") or b"\x00" in path:
        raise NotUnderstoodError(f"“{show_path(path)}” is not a full path; write it from / on, like /home/me/Music.")
    root = os.path.normpath(path)
    shown = show_path(root)
    if not os.path.isdir(root):
        raise NotUnderstoodError(f"{shown} is not a folder on this machine, or this program may not see it.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise NotUnderstoodError(f"{shown} cannot be opened by this program: let its user read it.")
    _check_apart(root, shown)
    return root


def _check_apart(root: bytes, shown: str) -> None:
    real, home = Path(os.fsdecode(root)).resolve(), Path(settings.MEDIAREC_HOME).resolve()
    if real == home or home in real.parents or real in home.parents:
        raise NotUnderstoodError(f"{shown} holds mediarec's own files, or lies among them; choose another folder.")
    for other in Library.objects.all():
        held = Path(os.fsdecode(bytes(other.root_raw))).resolve()
        if real == held:
            raise NotUnderstoodError(f"{shown} is watched already, as “{other.name}”.")
        if held in real.parents or real in held.parents:
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
    """By its number or its name, as a person types it."""
    wanted = Q(name__iexact=name) | (Q(pk=int(name)) if name.isdecimal() and len(name) < 18 else Q(pk__in=[]))
    library = Library.objects.filter(wanted).order_by("pk").first()
    if library is None:
        known = ", ".join(Library.objects.values_list("name", flat=True)) or "none yet"
        raise NotFoundError(f"There is no library called “{name}”; there are: {known}.")
    return library


def list_due(now: datetime | None = None) -> list[Library]:
    """Libraries whose next look has come."""
    return list(Library.objects.filter(is_enabled=True, every_minutes__gt=0, next_scan_at__lte=now or timezone.now()))


def set_excluded(libraries: Sequence[Library], is_excluded: bool, actor: Person) -> int:
    """Keeps what lies in libraries out of every list, or lets it in again; returns how many changed."""
    action = "excluded" if is_excluded else "let in again"
    count = audit.record_bulk(actor, action, libraries, {"is_excluded": is_excluded})
    Library.objects.filter(pk__in=[library.pk for library in libraries]).update(is_excluded=is_excluded)
    return count


def remove_library(library_id: int) -> Library:
    """Stops watching. Its files, their items and every history stay."""
    library = find_library(library_id)
    Library.objects.filter(pk=library.pk).delete()
    return library
