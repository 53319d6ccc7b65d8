"""One supervised child process: start, watch, restart with exponential back-off, stop. Knows nothing of
what the child does.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

from mediarec import env, offline
from worker import pid_files

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 60.0
HEALTHY_SECONDS = 60.0  # after this uptime the back-off starts over
TEMPORARY = "tmp"
LOG_BYTES = 5 * 1024 * 1024
SESSION_PRIORITY = Path("/proc/self/autogroup")  # Linux only, where the kernel was built with autogroups
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>; elsewhere the next start ends orphaned children
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def lower_priority(niceness: int) -> None:
    """Lowers this process's priority relative to its parent's; only an administrator may raise it again.

    Most Linux desktops schedule by session (autogroup), so that the niceness of a single process has no effect on other
    sessions: the session's niceness is set as well.
    """
    total = os.nice(niceness)
    with contextlib.suppress(OSError):
        SESSION_PRIORITY.write_text(str(total), encoding="ascii")


def prepare_child(niceness: int) -> None:
    """Runs in the child before its program: lowers the priority and requests SIGTERM when the supervisor dies."""
    lower_priority(niceness)
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class ChildSpec:
    """How to start a child. `niceness` is relative to the supervisor: 0 for what a person waits for, 10 and
    more for background work.
    """

    name: str
    command: Sequence[str]
    niceness: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    grace_seconds: float = 10.0


class Child:
    """A child process with its own log and a PID file by which a later start finds it."""

    def __init__(self, spec: ChildSpec, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.spec, self.home, self.clock = spec, home, clock
        self.process: subprocess.Popen[bytes] | None = None
        self.falls = 0
        self.started_at = 0.0
        self.restart_at: float | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Its temporary files lie in the home, where the next start removes what a killed one has left."""
        own = {"TMPDIR": str(self.home / TEMPORARY), **self.spec.environment}
        return offline.build_environment(env.build_child_environment(own))

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.spec.name}.log"

    def start(self) -> None:
        for folder in (self.log.parent, self.home / TEMPORARY):
            folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.rename(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.spec.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                preexec_fn=partial(prepare_child, self.spec.niceness),
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the children in order
            )
        pid_files.write_pid_file(self.home / "run", self.spec.name, self.process.pid)
        self.started_at, self.restart_at = self.clock(), None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def watch(self) -> str | None:
        """Checks once; restarts the child when its delay is over. Returns a line to print, or None."""
        if self.is_running():
            return None
        if self.restart_at is None:
            return self._schedule_restart(f"code {self.process.returncode if self.process else None}")
        if self.clock() < self.restart_at:
            return None
        try:
            self.start()
        except OSError as error:  # a full disk or too many processes may pass
            return self._schedule_restart(error.strerror or str(error))
        return None

    def _schedule_restart(self, reason: str) -> str:
        """Doubles the delay after every crash, up to LONGEST_DELAY_SECONDS. Returns the line to print."""
        if self.clock() - self.started_at > HEALTHY_SECONDS:
            self.falls = 0
        delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**self.falls)
        self.falls += 1
        self.restart_at = self.clock() + delay
        return f"{self.spec.name} stopped ({reason}); it starts again in {delay:.0f} s. Its log: {self.log}"

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            pid_files.end_processes([psutil.Process(self.process.pid)], self.spec.grace_seconds)
            self.process.wait()
        pid_files.remove_pid_file(self.home / "run", self.spec.name)
