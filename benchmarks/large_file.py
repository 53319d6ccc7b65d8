"""Peak memory of one huge export while it is parsed or, which takes four times as long, read to its preview.

The file is written one entry at a time, and memory used before is not counted.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.plays import make_plays
from benchmarks.progress import report_progress
from mediarec.library import batches
from mediarec.library.importers.base import ReadOptions
from mediarec.library.importers.registry import choose_importer
from mediarec.library.importers.source import Source
from mediarec.library.models import Person

BYTES_PER_ENTRY = 595  # of the synthetic plays as indented; only estimates the number of tracks
MEGABYTE = 2**20
LEAST_TOLD = 0.9  # plays that were too short are counted in one row


MODES = {
    "parse": "parsed row by row; nothing matched or stored",
    "preview": "parsed, matched and stored as rows to look at; nothing added",
}


def measure(megabytes: int, seed: int = 1, mode: str = "parse") -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Streaming_History_Audio_2016-2026.json"
        rows = _write(path, megabytes, seed)
        forget_peak()
        base, started = read_status("VmRSS"), time.perf_counter()
        told = _parse(path, rows) if mode == "parse" else _preview(path, rows)
        growth, seconds = read_status("VmHWM") - base, time.perf_counter() - started
        size = path.stat().st_size
    if told < rows * LEAST_TOLD:
        raise RuntimeError(f"the large file was not read as it should have been: {told} of {rows} rows")
    return {
        "mode": f"{mode}: {MODES[mode]}",
        "file_mb": round(size / MEGABYTE, 1),
        "rows": rows,
        "seconds": round(seconds, 1),
        "peak_growth_mb": round(growth, 1),
    }


def _parse(path: Path, rows: int) -> int:
    source, told = Source(path), 0
    for told, _ in enumerate(choose_importer(source).parse(source, ReadOptions()), start=1):
        report_progress("memory", "rows parsed", told, rows)
    return told


def _preview(path: Path, rows: int) -> int:
    person = Person.objects.create(username=f"much{time.monotonic_ns()}")
    batch = batches.create_batch(person, path)
    batches.read_batch(batch.pk, lambda done, _: report_progress("memory", "rows read", done, rows))
    batch.refresh_from_db()
    batch.rows.all()._raw_delete("default")
    batch.delete()
    return batch.total


def _write(path: Path, megabytes: int, seed: int) -> int:
    """The number of plays in the file."""
    expected = megabytes * MEGABYTE // BYTES_PER_ENTRY
    count = written = 0
    with path.open("w", encoding="utf-8") as out:
        out.write("[")
        for count, play in enumerate(make_plays(2 * expected, seed), start=1):
            written += out.write((",\n" if count > 1 else "") + json.dumps(play))
            report_progress("memory", "plays written", count, expected)
            if written >= megabytes * MEGABYTE:
                break
        out.write("]")
    return count


def forget_peak() -> None:
    """Resets the kernel's peak memory counter."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def read_status(name: str) -> float:
    """Peak memory of this process in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"The kernel does not tell {name}.")
