"""The folder of all state: unwritable or full, each one clear line; the settings' variables are all listed."""

import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from mediarec import env
from mediarec.library.errors import UnavailableError
from worker import embedded_postgres

ROOT = Path(__file__).resolve().parents[2]


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match=r"file/home cannot be written .* MEDIAREC_HOME"):
        embedded_postgres.prepare_home(tmp_path / "file" / "home")


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3 * 2**20))
    with pytest.raises(UnavailableError, match="full: 3 MB free"):
        embedded_postgres.prepare_home(tmp_path)


def test_dead_handles_no_longer_hold_the_database_up(tmp_path: Path) -> None:
    path = tmp_path / "handles.json"
    path.write_text("[999999999]")
    embedded_postgres._forget_dead_handles(path)
    assert path.read_text() == "[]"


def test_locks_whose_number_another_process_has_by_now_are_taken_away(tmp_path: Path) -> None:
    own, others = write_locks(tmp_path, os.getpid(), tmp_path), write_locks(tmp_path, os.getpid(), tmp_path / "other")
    embedded_postgres._forget_dead_server(tmp_path)
    assert [path.exists() for path in (*own, *others)] == [False, False, True]


def test_locks_of_a_process_that_is_gone_are_left_to_the_database(tmp_path: Path) -> None:
    locks = write_locks(tmp_path, 999999999, tmp_path)
    embedded_postgres._forget_dead_server(tmp_path)
    assert all(path.exists() for path in locks)


def write_locks(home: Path, pid: int, of: Path) -> list[Path]:
    """As PostgreSQL writes them: number, data folder, start, port, folder of the socket."""
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
def test_switches_are_read_in_plain_words(monkeypatch: pytest.MonkeyPatch, word: str, expected: bool) -> None:
    monkeypatch.setenv("X_SWITCH", word)
    assert env.read_bool("X_SWITCH", default=True) is expected


def test_a_switch_that_is_not_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_SWITCH", "perhaps")
    with pytest.raises(env.EnvironmentProblem, match="X_SWITCH is 'perhaps'"):
        env.read_bool("X_SWITCH", default=True)


def test_a_number_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_PORT", "eighty")
    with pytest.raises(env.EnvironmentProblem, match="whole number"):
        env.read_int("X_PORT", 80)
