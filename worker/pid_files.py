"""Notes of what runs, as small files under MEDIAREC_HOME/run, with enough to never take a stranger for one of ours."""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from mediarec.library.atomic_files import READ_BY_OWNER, write_atomically

SAME_START_SECONDS = 2.0


@dataclass(frozen=True)
class Note:
    name: str
    pid: int
    started_at: float
    program: str = ""  # the file it runs; empty in a note of an earlier version


@contextmanager
def hold(path: Path, wait: bool = False) -> Iterator[bool]:
    """Whether this process holds the file alone; the system lets go of it with the process, however that ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and for the owner alone: an address may hold a password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path, READ_BY_OWNER) as file:
        file.write(json.dumps(content).encode())


def note_process(run: Path, name: str, pid: int) -> None:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        stored = {"pid": pid, "started_at": process.create_time(), "program": process.exe()}
        write_json(run / f"{name}.pid.json", stored)


def forget_process(run: Path, name: str) -> None:
    (run / f"{name}.pid.json").unlink(missing_ok=True)


def list_notes(run: Path) -> list[Note]:
    notes = []
    for path in sorted(run.glob("*.pid.json")):
        with suppress(OSError, ValueError, KeyError):
            stored = json.loads(path.read_text())
            name, program = path.name.removesuffix(".pid.json"), str(stored.get("program", ""))
            notes.append(Note(name, int(stored["pid"]), float(stored["started_at"]), program))
    return notes


def find_process(note: Note) -> psutil.Process | None:
    """The noted process, if it is the very one and not another that got its number since.

    Number, start time and program say it; the command line does not, since servers write their state into it.
    """
    with suppress(psutil.Error):
        process = psutil.Process(note.pid)
        is_same = abs(process.create_time() - note.started_at) < SAME_START_SECONDS
        is_alive = process.status() != psutil.STATUS_ZOMBIE
        if is_same and is_alive and (not note.program or process.exe() == note.program):
            return process
    return None


def end_processes(processes: Sequence[psutil.Process], grace_seconds: float) -> None:
    """Asks them all to stop, waits once for them and their children, and ends what is left."""
    family = list(processes)
    for one in processes:
        with suppress(psutil.Error):
            family.extend(one.children(recursive=True))
        with suppress(psutil.Error):
            one.terminate()
    _, left = psutil.wait_procs(family, timeout=grace_seconds)
    for one in left:
        with suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(left, timeout=5)


def end_orphans(run: Path, grace_seconds: float = 5.0) -> list[str]:
    """Ends what a killed supervisor left behind; returns the names."""
    found = {note.name: find_process(note) for note in list_notes(run) if note.name != "supervisor"}
    orphans = {name: process for name, process in found.items() if process is not None}
    end_processes(list(orphans.values()), grace_seconds)
    for path in [*run.glob("*.pid.json"), run / "broker.json", run / "llm.json"]:
        path.unlink(missing_ok=True)
    return list(orphans)
