"""Running processes and filled model slots, for `manage.py status` and the models page. Starts nothing."""

import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from recommender.backends import registry
from recommender.backends.registry import SlotStatus
from worker import embedded_postgres, health, pid_files

PROCESS_NAMES = ("supervisor", "broker", "web", "worker-light", "worker-models", "beat", "llm", "llm-install")
OPTIONAL_PROCESSES = frozenset({"llm-install"})  # not listed while it does not run


@dataclass(frozen=True)
class ProcessStatus:
    """`where` is "embedded", "at NAME" for a configured address, or "not running".

    `is_healthy` is None for processes without a health check.
    """

    name: str
    where: str
    pid: int | None = None
    memory_mb: int | None = None
    up_seconds: int | None = None
    is_healthy: bool | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def list_processes() -> list[ProcessStatus]:
    """The database first, then the supervisor's processes; memory includes their children."""
    home: Path = settings.MEDIAREC_HOME
    notes = {note.name: note for note in pid_files.list_pid_files(home / "run")}
    statuses = [_describe_database(home)]
    for name in PROCESS_NAMES:
        process = pid_files.find_process(notes[name]) if name in notes else None
        if process is not None:
            statuses.append(_describe(name, process, _check_health(name)))
        elif name not in OPTIONAL_PROCESSES:
            statuses.append(_describe_missing(name))
    return statuses


def list_slots() -> list[SlotStatus]:
    return registry.describe_slots()


def measure_memory(process: psutil.Process) -> int:
    """Bytes: proportional set size where available, which counts PostgreSQL's shared buffers once; else
    unique set size.
    """
    try:
        info = process.memory_full_info()
        return int(getattr(info, "pss", 0) or info.uss)
    except psutil.Error:
        return 0


def _describe_database(home: Path) -> ProcessStatus:
    pid = embedded_postgres.read_database_pid(home)
    if pid is not None and embedded_postgres.is_database_temporary(home):
        return ProcessStatus("database", "not running", note="started for this command alone")
    if pid is not None:
        return _describe("database", psutil.Process(pid), is_healthy=True)  # it answered when this command began
    if settings.DATABASE_URL and not embedded_postgres.is_embedded():
        return ProcessStatus("database", "at DATABASE_URL", is_healthy=True)
    return ProcessStatus("database", "not running")


def _describe_missing(name: str) -> ProcessStatus:
    broker = settings.BROKER_URL
    if name == "broker" and broker:
        return ProcessStatus(name, "at BROKER_URL", is_healthy=health.can_connect_to(broker))
    if name == "llm" and settings.LLM_URL:
        return ProcessStatus(name, "at LLM_URL", is_healthy=health.can_connect_to(settings.LLM_URL))
    return ProcessStatus(name, "not running")


def _check_health(name: str) -> bool | None:
    """Health by process; None for a worker, whose liveness is shown by job heartbeats."""
    if name == "web":
        return health.answers(f"{health.find_address()}/healthz")
    if name == "broker":
        return health.can_connect_to(settings.BROKER_URL)
    if name == "llm":
        # The supervisor checks it every few seconds and keeps the address file only while it answers.
        return (settings.MEDIAREC_HOME / "run" / "llm.json").exists()
    return None


def _describe(name: str, process: psutil.Process, is_healthy: bool | None) -> ProcessStatus:
    memory = 0
    with suppress(psutil.Error):
        # The supervisor's children are listed themselves.
        children = [] if name == "supervisor" else process.children(recursive=True)
        memory = sum(measure_memory(each) for each in [process, *children])
    age = int(time.time() - process.create_time())
    return ProcessStatus(name, "embedded", process.pid, memory // 2**20, age, is_healthy)
