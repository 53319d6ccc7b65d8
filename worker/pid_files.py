"""PID files under MEDIAREC_HOME/run, with enough detail never to mistake another process for one of ours."""

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
class PidFile:
    """The content of a PID file."""

    name: str
    pid: int
    started_at: float
    program: str = ""  # path of the executable; empty in a file of an earlier version


@contextmanager
def hold_lock(path: Path, wait: bool = False) -> Iterator[bool]:
    """Locks a file exclusively; yields whether it was acquired. The system releases it with the process,
    however that ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Atomic, and readable by the owner only: an address may contain a password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path, READ_BY_OWNER) as file:
        file.write(json.dumps(content).encode())


def write_pid_file(run: Path, name: str, pid: int) -> None:
    """Writes the PID file of a process; does nothing if it has ended already."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        stored = {"pid": pid, "started_at": process.create_time(), "program": process.exe()}
        write_json(run / f"{name}.pid.json", stored)


def remove_pid_file(run: Path, name: str) -> None:
    (run / f"{name}.pid.json").unlink(missing_ok=True)


def list_pid_files(run: Path) -> list[PidFile]:
    """All readable PID files; damaged ones are skipped."""
    notes = []
    for path in sorted(run.glob("*.pid.json")):
        with suppress(OSError, ValueError, KeyError):
            stored = json.loads(path.read_text())
            name, program = path.name.removesuffix(".pid.json"), str(stored.get("program", ""))
            notes.append(PidFile(name, int(stored["pid"]), float(stored["started_at"]), program))
    return notes


def find_process(note: PidFile) -> psutil.Process | None:
    """The running process of a PID file, if it is the same one and not another with a reused PID.

    Compares PID, start time and executable; not the command line, since servers rewrite it.
    """
    with suppress(psutil.Error):
        process = psutil.Process(note.pid)
        is_same = abs(process.create_time() - note.started_at) < SAME_START_SECONDS
        is_alive = process.status() != psutil.STATUS_ZOMBIE
        if is_same and is_alive and (not note.program or process.exe() == note.program):
            return process
    return None


def end_processes(processes: Sequence[psutil.Process], grace_seconds: float) -> None:
    """Terminates all processes and their children, waits once for them, and kills those that remain."""
    family = list(processes)
    for process in processes:
        with suppress(psutil.Error):
            family.extend(process.children(recursive=True))
        with suppress(psutil.Error):
            process.terminate()
    _, remaining = psutil.wait_procs(family, timeout=grace_seconds)
    for process in remaining:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(remaining, timeout=5)


def end_orphans(run: Path, grace_seconds: float = 5.0) -> list[str]:
    """Ends the processes that a killed supervisor left behind; returns their names."""
    running = {note.name: find_process(note) for note in list_pid_files(run) if note.name != "supervisor"}
    orphans = {name: process for name, process in running.items() if process is not None}
    end_processes(list(orphans.values()), grace_seconds)
    for path in [*run.glob("*.pid.json"), run / "broker.json", run / "llm.json"]:
        path.unlink(missing_ok=True)
    return list(orphans)
