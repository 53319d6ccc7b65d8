"""What runs and which model fills each slot, for `manage.py status` and the models page. Starts nothing."""

import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from recommender import registry
from recommender.registry import SlotStatus
from worker import embedded, runstate

NAMES = ("supervisor", "broker", "web", "worker-light", "worker-models", "beat", "llm", "llm-install")


@dataclass(frozen=True)
class ProcessStatus:
    """`where` is "embedded", an address, or "not running"."""

    name: str
    where: str
    pid: int | None = None
    memory_mb: int | None = None
    up_seconds: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def list_processes() -> list[ProcessStatus]:
    """The database first, then what the supervisor started; memory counts a process with its children."""
    home: Path = settings.MEDIAREC_HOME
    notes = {note.name: note for note in runstate.list_notes(home / "run")}
    found = [_describe_database(home)]
    for name in NAMES:
        process = runstate.find_process(notes[name]) if name in notes else None
        if process is not None:
            found.append(_describe(name, process))
        elif name != "llm-install":
            found.append(ProcessStatus(name, _name_replacement(name)))
    return found


def list_slots() -> list[SlotStatus]:
    return registry.describe_slots()


def _describe_database(home: Path) -> ProcessStatus:
    pid = embedded.read_database_pid(home)
    if pid is not None:
        return _describe("database", psutil.Process(pid))
    external = os.environ.get("DATABASE_URL", "")
    return ProcessStatus("database", "at DATABASE_URL" if external else "not running")


def _name_replacement(name: str) -> str:
    addresses = {"llm": settings.LLM_URL, "broker": os.environ.get("BROKER_URL", "")}
    return addresses.get(name) or "not running"


def _describe(name: str, process: psutil.Process) -> ProcessStatus:
    memory = 0
    with suppress(psutil.Error):
        # The supervisor's children stand in the list themselves.
        below = [] if name == "supervisor" else process.children(recursive=True)
        memory = sum(measure_memory(one) for one in [process, *below])
    age = int(time.time() - process.create_time())
    return ProcessStatus(name, "embedded", process.pid, memory // 2**20, age)


def measure_memory(process: psutil.Process) -> int:
    """Proportional size where the system tells it: PostgreSQL's shared buffers are then counted once."""
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", 0) or full.uss)
    except psutil.Error:
        return 0
