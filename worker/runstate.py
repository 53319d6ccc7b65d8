"""Notes of what runs, as small files under MEDIAREC_HOME/run: pid and start time, so no stranger is taken for ours."""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

SAME_START_SECONDS = 2.0


@dataclass(frozen=True)
class Note:
    name: str
    pid: int
    started_at: float


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        json.dump(content, written)
    Path(partial).rename(path)


def note_process(run: Path, name: str, pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        write_json(run / f"{name}.pid.json", {"pid": pid, "started_at": psutil.Process(pid).create_time()})


def forget_process(run: Path, name: str) -> None:
    (run / f"{name}.pid.json").unlink(missing_ok=True)


def list_notes(run: Path) -> list[Note]:
    notes = []
    for path in sorted(run.glob("*.pid.json")):
        with suppress(OSError, ValueError, KeyError):
            stored = json.loads(path.read_text())
            notes.append(Note(path.name.removesuffix(".pid.json"), int(stored["pid"]), float(stored["started_at"])))
    return notes


def find_process(note: Note) -> psutil.Process | None:
    """The noted process, if it is the very one and not another that got its number since."""
    with suppress(psutil.Error):
        process = psutil.Process(note.pid)
        if (
            abs(process.create_time() - note.started_at) < SAME_START_SECONDS
            and process.status() != psutil.STATUS_ZOMBIE
        ):
            return process
    return None


def end_process(process: psutil.Process, grace_seconds: float) -> None:
    """Asks the process and its children to stop, and ends them when the grace is over."""
    with suppress(psutil.Error):
        family = [*process.children(recursive=True), process]
        with suppress(psutil.Error):
            process.terminate()
        _, left = psutil.wait_procs(family, timeout=grace_seconds)
        for one in left:
            with suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(left, timeout=5)


def end_orphans(run: Path, grace_seconds: float = 5.0) -> list[str]:
    """Ends what a killed supervisor left behind; returns the names."""
    ended = []
    for note in list_notes(run):
        process = find_process(note) if note.name != "supervisor" else None
        if process is not None:
            end_process(process, grace_seconds)
            ended.append(note.name)
        forget_process(run, note.name)
    return ended
