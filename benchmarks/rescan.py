"""Scan time of an unchanged folder, against a bare walk with one stat per file in the same run."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.home import describe_machine
from mediarec.library import folder_sync
from mediarec.library.models import ImportBatch, Item, Kind, Library, MediaFile
from mediarec.library.scanning import show_path, sign_inode

FILES_PER_FOLDER = 12  # about an album
ROUNDS = 7
BATCH = 5000


def run(items: int = 50_000, seed: int = 1, requests: int = ROUNDS) -> dict[str, Any]:
    """Medians of `requests` rounds over `items` small files in a temporary folder and a temporary database."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            _write_files(Path(folder), items)
            return {
                "benchmark": "rescan",
                "files": items,
                **measure_rescan(Path(folder), requests),
                **describe_machine(),
            }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def measure_rescan(folder: Path, rounds: int = ROUNDS) -> dict[str, Any]:
    """Registers the folder as a library with all files known, then alternates bare walks and scans.

    Writes rows to the current database and leaves them there.
    """
    library = _know_files(folder)
    walks, scans = [], []
    for _ in range(rounds + 1):
        walks.append(_time(lambda: _walk_bare(os.fsencode(folder))))
        scans.append(_time(lambda: _scan(library)))
    del walks[0], scans[0]  # the first round warms the caches for both
    walk_median, scan_median = statistics.median(walks), statistics.median(scans)
    ratios = [scan / walk for scan, walk in zip(scans, walks, strict=True)]
    return {
        "bare_walk_seconds": round(walk_median, 3),
        "rescan_seconds": round(scan_median, 3),
        "rescan_over_bare_walk": round(scan_median / walk_median, 2),
        "ratio_per_round": [round(ratio, 2) for ratio in ratios],
        "rounds": rounds,
        "compared": "os.walk with os.stat of every file, and the whole of rescan_library with its queries and notes",
    }


def _scan(library: Library) -> None:
    outcome = folder_sync.rescan_library(library.pk)
    changed = {name: count for name, count in outcome.counts.items() if count and name != "unchanged"}
    if changed or ImportBatch.objects.exists():
        raise RuntimeError(f"nothing should have changed: {changed}")


def _walk_bare(folder: bytes) -> None:
    for place, _, names in os.walk(folder):
        for name in names:
            os.stat(os.path.join(place, name))  # noqa: PTH116, PTH118 - bare


def _time(call: Any) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _write_files(folder: Path, files: int) -> None:
    for number in range(files):
        place = folder / f"artist {number // (FILES_PER_FOLDER * 8)}" / f"album {number // FILES_PER_FOLDER}"
        if number % FILES_PER_FOLDER == 0:
            place.mkdir(parents=True)
        (place / f"{number:06} a song of some length.mp3").write_bytes(b"x")


def _know_files(folder: Path) -> Library:
    library = Library.objects.create(name=str(folder), root=str(folder), root_raw=os.fsencode(folder))
    item = Item.objects.create(kind=Kind.TRACK, title="A song", title_key="a song")
    rows: list[MediaFile] = []
    for place, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = place + b"/" + name
            about = os.stat(path)  # noqa: PTH116 - paths are bytes
            rows.append(
                MediaFile(
                    item=item, path_raw=path, path=show_path(path), size_bytes=about.st_size,
                    mtime_ns=about.st_mtime_ns, inode=sign_inode(about.st_ino), content_hash=str(len(rows)),
                )
            )  # fmt: skip
    MediaFile.objects.bulk_create(rows, batch_size=BATCH)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE library_mediafile")
    return library
