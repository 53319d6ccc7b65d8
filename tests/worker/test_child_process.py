"""Supervised child processes: small programs that sleep, crash, or refuse to stop."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from mediarec.library.errors import UnavailableError
from worker import pid_files, processes
from worker.child_process import LONGEST_DELAY_SECONDS, Child, ChildSpec

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
CRASHING = [sys.executable, "-c", "raise SystemExit(3)"]


class Clock:
    """A clock that moves only when a test moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def wait_until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_crashing_child_is_restarted_with_growing_delays(tmp_path: Path) -> None:
    clock = Clock()
    child = Child(ChildSpec("falls", CRASHING), tmp_path, clock)
    delays = []
    for _ in range(8):
        child.start()
        wait_until(lambda: not child.is_running())
        assert "falls stopped (code 3)" in str(child.watch())
        assert child.restart_at is not None
        delays.append(child.restart_at - clock.now)
        clock.now = child.restart_at
    assert delays[:4] == [1, 2, 4, 8]
    assert delays[-1] == LONGEST_DELAY_SECONDS


def test_a_long_healthy_run_resets_the_delay(tmp_path: Path) -> None:
    clock = Clock()
    child = Child(ChildSpec("falls", CRASHING), tmp_path, clock)
    child.falls = 5
    child.start()
    wait_until(lambda: not child.is_running())
    clock.now += 3600
    child.watch()
    assert child.restart_at == clock.now + 1


def test_it_is_not_restarted_before_its_delay_is_over(tmp_path: Path) -> None:
    clock = Clock()
    child = Child(ChildSpec("falls", CRASHING), tmp_path, clock)
    child.start()
    wait_until(lambda: not child.is_running())
    child.watch()
    first = child.process
    child.watch()
    assert child.process is first
    clock.now += 1
    child.watch()
    assert child.process is not first
    child.stop()


def test_a_child_that_ignores_sigterm_is_killed_after_its_grace_period(tmp_path: Path) -> None:
    child = Child(ChildSpec("stubborn", STUBBORN, grace_seconds=0.3), tmp_path)
    child.start()
    wait_until(lambda: "up" in child.log.read_text())
    child.stop()
    assert not child.is_running()
    assert pid_files.list_pid_files(tmp_path / "run") == []


def test_children_of_a_killed_supervisor_are_found_and_ended(tmp_path: Path) -> None:
    child = Child(ChildSpec("orphan", SLEEPER), tmp_path)
    child.start()
    assert child.process is not None
    assert pid_files.end_orphans(tmp_path / "run") == ["orphan"]
    wait_until(lambda: not child.is_running())


@pytest.mark.parametrize("change", [{"started_at": 1000.0}, {"program": "/usr/bin/something-else"}])
def test_another_process_with_the_same_pid_is_left_alone(tmp_path: Path, change: dict[str, object]) -> None:
    child = Child(ChildSpec("stranger", SLEEPER), tmp_path)
    child.start()
    path = tmp_path / "run" / "stranger.pid.json"
    pid_files.write_json(path, {**json.loads(path.read_text()), **change})
    assert pid_files.end_orphans(tmp_path / "run") == []
    assert child.is_running()
    child.stop()


def test_a_failed_restart_is_retried_later(tmp_path: Path) -> None:
    clock = Clock()
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    child = Child(ChildSpec("gone", [str(program)]), tmp_path, clock)
    child.start()
    wait_until(lambda: not child.is_running())
    child.watch()
    program.unlink()
    clock.now += 1
    assert "gone stopped (No such file or directory); it starts again in 2 s" in str(child.watch())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a child when its parent dies")
def test_children_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; from worker.child_process import Child, ChildSpec;"
        f"Child(ChildSpec('left', {SLEEPER!r}), pathlib.Path({str(tmp_path)!r})).start(); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    wait_until(lambda: len(pid_files.list_pid_files(tmp_path / "run")) == 1)
    [note] = pid_files.list_pid_files(tmp_path / "run")
    assert pid_files.find_process(note) is not None
    parent.kill()
    parent.wait()
    wait_until(lambda: pid_files.find_process(note) is None)


def test_a_lock_has_one_holder_and_can_be_taken_after_release(tmp_path: Path) -> None:
    path = tmp_path / "run" / "up.lock"
    with pid_files.hold_lock(path) as first, pid_files.hold_lock(path) as second:
        assert (first, second) == (True, False)
    with pid_files.hold_lock(path) as third:
        assert third


def test_background_work_runs_at_a_lower_priority(tmp_path: Path) -> None:
    child = Child(ChildSpec("quiet", SLEEPER, niceness=12), tmp_path)
    child.start()
    assert child.process is not None
    lowered = min(19, os.nice(0) + 12)
    assert psutil.Process(child.process.pid).nice() == lowered
    session = Path(f"/proc/{child.process.pid}/autogroup")
    if session.exists():  # with autogroups, niceness alone has no effect on other sessions
        assert session.read_text().split()[-1] == str(lowered)
    child.stop()


def test_a_taken_port_is_reported_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"Port {port} .* is taken: .* MEDIAREC_PORT"):
            processes.check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_not_reported_as_a_taken_port() -> None:
    with pytest.raises(UnavailableError, match=r"cannot listen on 203\.0\.113\.1 .* MEDIAREC_HOST"):
        processes.check_port("203.0.113.1", processes.find_free_port())


def test_an_invalid_port_is_reported() -> None:
    with pytest.raises(UnavailableError, match="MEDIAREC_PORT is 99999"):
        processes.check_port("127.0.0.1", 99999)


def test_a_damaged_pid_file_is_ignored(tmp_path: Path) -> None:
    tmp_path.joinpath("x.pid.json").write_text("{")
    assert pid_files.list_pid_files(tmp_path) == []
