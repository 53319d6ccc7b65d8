"""How long made-up histories and catalogues take to come in, against a bare COPY of the same rows in the same run.

Two bare copies are timed: the rows as the file has them into a plain table without an index, and the rows that the
import left in the library's tables into those tables with all their indexes. Time is told by the clock and in seconds
of processor, of this process and of its database connection, which other work on the machine does not stretch.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks import catalogues
from benchmarks.copying import copy_same, read_processor
from benchmarks.home import describe_machine
from mediarec.library import batches
from mediarec.library.models import ImportBatch, Interaction, Item, Person

ROWS_PER_FILE = 16_000  # the service splits near 12 MB
TRACKS_PER_ROW, ARTISTS_PER_TRACK = 0.08, 0.12
START = datetime(2016, 1, 1, tzinfo=UTC)
# What an import writes, each after the ones it refers to.
TABLES = (
    *("library_contributor", "library_item", "library_externalid", "library_credit"),
    *("library_importrow", "library_interaction"),
)
COLUMNS = (
    *("ts", "username", "platform", "ms_played", "conn_country", "ip_addr", "user_agent_decrypted"),
    *("master_metadata_track_name", "master_metadata_album_artist_name", "master_metadata_album_album_name"),
    *("spotify_track_uri", "reason_start", "reason_end", "shuffle", "skipped", "offline", "incognito_mode"),
)


def run(items: int = 100_000, seed: int = 1, requests: int = 1, catalogue: int = 1_000_000) -> dict[str, Any]:
    """`items` plays, brought in `requests` times anew and the fastest kept, and `catalogue` titles; in a database of
    its own."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            size = _write_history(Path(folder), items, seed)
            taken = min((_measure(Path(folder), items, seed) for _ in range(requests)), key=lambda one: one["seconds"])
        return {
            "benchmark": "imports",
            "rows": items,
            "seed": seed,
            "export_mb": round(size / 2**20, 1),
            **taken,
            "over_bare_copy": round(taken["seconds"] / taken["bare_copy_seconds"], 1),
            "over_same_tables": round(taken["seconds"] / taken["same_tables_seconds"], 1),
            "over_same_tables_processor": round(taken["processor_seconds"] / taken["same_tables_processor_seconds"], 1),
            "catalogue": catalogues.measure(catalogue) if catalogue else None,
            **describe_machine(),
        }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def make_plays(rows: int, seed: int) -> Iterator[dict[str, Any]]:
    """Few tracks are played often and many rarely, one after another through the years."""
    noise = random.Random(seed)
    tracks = max(1, int(rows * TRACKS_PER_ROW))
    artists = max(1, int(tracks * ARTISTS_PER_TRACK))
    now = START
    for _ in range(rows):
        track = int(tracks * noise.random() ** 3)
        milliseconds = noise.randrange(1_000, 300_000)
        now += timedelta(milliseconds=milliseconds, seconds=noise.randrange(600))
        is_skipped = milliseconds < 30_000
        told = (
            *(now.strftime("%Y-%m-%dT%H:%M:%SZ"), "lea", "a player", milliseconds, "ZZ", "203.0.113.9", "a browser"),
            *(f"Song number {track}", f"Band {track % artists}", f"Record {track // 10}"),
            *(f"spotify:track:{track:022d}", "clickrow", "fwdbtn" if is_skipped else "trackdone"),
            *(False, is_skipped, False, False),
        )
        yield dict(zip(COLUMNS, told, strict=True))


def _write_history(folder: Path, rows: int, seed: int) -> int:
    plays = list(make_plays(rows, seed))
    for number, start in enumerate(range(0, rows, ROWS_PER_FILE)):
        path = folder / f"Streaming_History_Audio_{number:03}.json"
        path.write_text(json.dumps(plays[start : start + ROWS_PER_FILE], indent=2), encoding="utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())


def _measure(folder: Path, rows: int, seed: int) -> dict[str, Any]:
    bare = _copy_bare([tuple(play.values()) for play in make_plays(rows, seed)])
    person = Person.objects.create(username=f"lea{time.monotonic_ns()}")
    _forget_peak()
    base = _read_status("VmRSS")
    steps, processor = [time.perf_counter()], read_processor()
    batch = batches.create_batch(person, folder)
    batches.read_batch(batch.pk)
    steps.append(time.perf_counter())
    batches.commit_batch(batch.pk)
    steps.append(time.perf_counter())
    processor = read_processor() - processor
    growth = _read_status("VmHWM") - base
    again = copy_same(TABLES)
    result = {
        "bare_copy_seconds": round(bare, 3),
        "read_seconds": round(steps[1] - steps[0], 2),
        "commit_seconds": round(steps[2] - steps[1], 2),
        "seconds": round(steps[2] - steps[0], 2),
        "processor_seconds": round(processor, 2),
        "same_tables_seconds": round(again.seconds, 2),
        "same_tables_processor_seconds": round(again.processor, 2),
        "peak_growth_mb": round(growth, 1),
        "items": Item.objects.count(),
        "interactions": Interaction.objects.filter(person=person).count(),
    }
    batches.undo_batch(batch.pk)
    ImportBatch.objects.filter(pk=batch.pk).delete()
    return result


def _copy_bare(rows: list[tuple[Any, ...]]) -> float:
    """The same rows into a plain table of text and numbers; nothing parsed, matched or checked."""
    kinds = {"ms_played": "bigint", "shuffle": "boolean", "skipped": "boolean"}
    columns = ", ".join(f"{name} {kinds.get(name, 'text')}" for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare_plays ({columns})")
        started = time.perf_counter()
        with cursor.copy("COPY bare_plays FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bare_plays")
    return seconds


def _forget_peak() -> None:
    """Lets the kernel count the peak from here on."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _read_status(name: str) -> float:
    """Of this process, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"The kernel does not tell {name}.")
