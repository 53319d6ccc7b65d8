"""What is known of a folder, and what a look at it changed, as rows. Nothing a person did is touched."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from mediarec.library.exclusions import find_below
from mediarec.library.folder_sync.diff import LEFT_OUT, KnownFile
from mediarec.library.folder_sync.move_detection import SyncPlan
from mediarec.library.models import LeftOutFile, MediaFile
from mediarec.library.scanning import FoundFile, show_path

MOVING_MARK = b"\x00moving:"  # no path holds a NUL, so these meet no file
GONE_MARK = b"\x00gone:"


def load_known(library_id: int, root: bytes) -> dict[bytes, KnownFile]:
    """Every row below a folder by its path, as the comparison reads it; what lies in the library goes before what was
    left out of it."""
    start = root.rstrip(b"/") + b"/"
    known: dict[bytes, KnownFile] = {}
    left_out = LeftOutFile.objects.filter(library_id=library_id)
    for pk, path, size, mtime, inode in left_out.values_list("pk", "path_raw", "size_bytes", "mtime_ns", "inode"):
        known[bytes(path)] = (size, mtime, inode, LEFT_OUT, pk)
    connection.ensure_connection()
    # Binary and bare: fifty thousand rows come in a tenth of the time that building objects takes.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            "SELECT path_raw, size_bytes, mtime_ns, inode, is_missing::int, id FROM library_mediafile"
            " WHERE path_raw >= %s AND path_raw < %s",
            [start, start[:-1] + b"0"],
            binary=True,
        )
        known.update({row[0]: row[1:] for row in cursor})
    return known


def load_contents(rows: Sequence[int]) -> dict[int, str]:
    return dict(MediaFile.objects.filter(pk__in=rows).values_list("pk", "content_hash"))


@transaction.atomic
def apply_plan(plan: SyncPlan) -> None:
    """Moved, touched, returned and removed files. The history of what is removed stays with its item."""
    _free_paths(plan)
    _write_places([(row, file, True) for row, file in plan.moved] + [(row, file, False) for row, file in plan.touched])
    MediaFile.objects.filter(pk__in=plan.back).update(is_missing=False, missing_since=None)
    gone = MediaFile.objects.filter(pk__in=[*plan.removed, *plan.overwritten], is_missing=False)
    gone.update(is_missing=True, missing_since=timezone.now())
    LeftOutFile.objects.filter(pk__in=plan.vanished_left_out).delete()


def _free_paths(plan: SyncPlan) -> None:
    """Two files may have changed places: all give their path up before any takes a new one."""
    for rows, mark in ((([row for row, _ in plan.moved]), MOVING_MARK), (plan.overwritten, GONE_MARK)):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE library_mediafile SET path_raw = path_raw || %s || convert_to(id::text, 'UTF8')"
                " WHERE id = ANY(%s)",
                [mark, rows],
            )
    LeftOutFile.objects.filter(path_raw__in=[file.path for _, file in plan.moved]).delete()


def _write_places(places: Sequence[tuple[int, FoundFile, bool]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE library_mediafile AS file SET
                path_raw = CASE WHEN said.is_moved THEN said.path_raw ELSE file.path_raw END,
                path = CASE WHEN said.is_moved THEN said.path ELSE file.path END,
                mtime_ns = said.mtime_ns, inode = said.inode, is_missing = false, missing_since = NULL
            FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[])
                AS said(id, path_raw, path, mtime_ns, inode, is_moved)
            WHERE file.id = said.id
            """,
            [
                [row for row, _, _ in places],
                [file.path for _, file, _ in places],
                [show_path(file.path) for _, file, _ in places],
                [file.mtime_ns for _, file, _ in places],
                [file.inode for _, file, _ in places],
                [is_moved for _, _, is_moved in places],
            ],
        )


def note_inodes(files: Sequence[FoundFile]) -> None:
    """Which file on disk a row is about, once it was read; it is not read again while that stays."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE library_mediafile AS file SET inode = said.inode
            FROM unnest(%s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[]) AS said(path_raw, size, mtime, inode)
            WHERE file.path_raw = said.path_raw AND file.size_bytes = said.size AND file.mtime_ns = said.mtime
            """,
            [
                [file.path for file in files],
                [file.size_bytes for file in files],
                [file.mtime_ns for file in files],
                [file.inode for file in files],
            ],
        )


def keep_known(
    renewed: Mapping[bytes, tuple[FoundFile, set[str]]], read_anyway: Container[bytes]
) -> dict[bytes, tuple[FoundFile, set[str]]]:
    """Without what is read for its own sake, what did not go in, and what a person placed, whose words stand."""
    rows = MediaFile.objects.filter(path_raw__in=list(renewed), is_missing=False, is_placed_by_hand=False)
    known = {bytes(path) for path in rows.values_list("path_raw", flat=True)} if renewed else set()
    return {path: one for path, one in renewed.items() if path in known and path not in read_anyway}


def count_still(renewed: Collection[bytes], plan: SyncPlan) -> int:
    """How many of them had not moved and were not away besides."""
    elsewhere = [*plan.back, *(row for row, _ in plan.moved)]
    return MediaFile.objects.filter(path_raw__in=list(renewed)).exclude(pk__in=elsewhere).count() if renewed else 0


def list_placed_by_hand(files: Sequence[FoundFile]) -> set[bytes]:
    """Those whose item a person chose: whatever their tags say now, it stays."""
    paths = [file.path for file in files]
    rows = MediaFile.objects.filter(path_raw__in=paths, is_placed_by_hand=True)
    return {bytes(path) for path in rows.values_list("path_raw", flat=True)}


def count_present(root: bytes) -> int:
    return MediaFile.objects.filter(find_below([root]), is_missing=False).count()
