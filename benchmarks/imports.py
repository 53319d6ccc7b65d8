"""How long made-up histories and catalogues take to come in, against a bare COPY of the same rows in the same run.

Two bare copies are timed: the rows as the file has them into a plain table without an index, and the rows that the
import left in the library's tables into those tables with all their indexes. Time is told by the clock and in seconds
of processor, of this process and of its database connection, which other work on the machine does not stretch.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks import catalogues, large_file
from benchmarks.copy_baseline import copy_same, read_processor
from benchmarks.environment import describe_machine
from benchmarks.large_file import forget_peak, read_status
from benchmarks.plays import COLUMNS, make_plays
from benchmarks.progress import report_progress
from mediarec.library import batches
from mediarec.library.models import ImportBatch, Interaction, Item, Person

ROWS_PER_FILE = 16_000  # the service splits near 12 MB
# What an import writes, each after the ones it refers to.
TABLES = (
    *("library_contributor", "library_item", "library_externalid", "library_credit"),
    *("library_importrow", "library_interaction"),
)


def run(
    items: int = 100_000,
    seed: int = 1,
    requests: int = 1,
    catalogue: int = 1_000_000,
    large_mb: int = 1024,
    large_mode: str = "parse",
) -> dict[str, Any]:
    """`items` plays, brought in `requests` times anew and the fastest kept, `catalogue` titles, and one file of
    `large_mb` megabytes; in a database of its own."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        large = (
            large_file.measure(large_mb, seed, large_mode) if large_mb else None
        )  # first: nothing else has left memory behind
        with tempfile.TemporaryDirectory() as folder:
            report_progress("plays", "plays are written", items)
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
            "large_file": large,
            "load_average": os.getloadavg()[0],
            "catalogue": catalogues.measure(catalogue) if catalogue else None,
            **describe_machine(),
        }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _write_history(folder: Path, rows: int, seed: int) -> int:
    plays = list(make_plays(rows, seed))
    for number, start in enumerate(range(0, rows, ROWS_PER_FILE)):
        path = folder / f"Streaming_History_Audio_{number:03}.json"
        path.write_text(json.dumps(plays[start : start + ROWS_PER_FILE], indent=2), encoding="utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())


def _measure(folder: Path, rows: int, seed: int) -> dict[str, Any]:
    bare = _copy_bare([tuple(play.values()) for play in make_plays(rows, seed)])
    person = Person.objects.create(username=f"lea{time.monotonic_ns()}")
    forget_peak()
    base = read_status("VmRSS")
    steps, processor = [time.perf_counter()], read_processor()
    batch = batches.create_batch(person, folder)
    batches.read_batch(batch.pk, lambda done, _: report_progress("plays", "read", done, rows))
    steps.append(time.perf_counter())
    batches.commit_batch(batch.pk, lambda done, _: report_progress("plays", "added", done, rows))
    steps.append(time.perf_counter())
    processor = read_processor() - processor
    growth = read_status("VmHWM") - base
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
    report_progress("plays", "plays are copied; now they are taken back", rows)
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
