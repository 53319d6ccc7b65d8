"""A whole installation in folders of its own, every process of which is watched, and what it left outside its home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psutil

from mediarec import offline
from tests.offline.watch import Watch
from worker import embedded_postgres, pid_files, processes

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 600.0  # a machine that does other things takes much longer
PAUSE_SECONDS = 0.25
FIRST_RUN_LINK = re.compile(r"http://127\.0\.0\.1:\d+/setup/\S+")
Found = TypeVar("Found")


@dataclass
class Ended:
    """A command that has come to its end."""

    code: int
    output: str


@dataclass
class Installation:
    """`folder` holds the home, and in place of a person's own folder and of the temporary one two that are empty."""

    folder: Path
    watch: Watch
    port: int = field(default_factory=processes.find_free_port)
    settings: dict[str, str] = field(default_factory=dict)
    supervisor: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        for one in (self.home, self.own_folder, self.temporary):
            one.mkdir(parents=True)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def own_folder(self) -> Path:
        return self.folder / "person"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of what this process has set itself, and a shell that asks for the opposite."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(self.own_folder),
            "TMPDIR": str(self.temporary),
            "MEDIAREC_HOME": str(self.home),
            "MEDIAREC_PORT": str(self.port),
            "MEDIAREC_OPEN_BROWSER": "0",
            "MEDIAREC_INSTALL_LLM": "0",
            "NUMBA_CACHE_DIR": os.environ["NUMBA_CACHE_DIR"],  # compiled once for all tests
            **dict.fromkeys([*offline.SILENT, *offline.NO_HUB], "0"),
            **self.settings,
        }

    def up(self) -> str:
        """Starts everything; returns the first-run link."""
        with self.printed.open("wb") as printed:
            self.supervisor = self.watch.start(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=printed, stderr=printed
            )
        found = wait_for(lambda: FIRST_RUN_LINK.search(self.printed.read_text()), "a first-run link")
        return found.group()

    @property
    def printed(self) -> Path:
        return self.folder / "printed"

    def run(self, command: Sequence[str], given: str = "") -> Ended:
        """`given` is its standard input."""
        process = self.watch.start(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output, _ = process.communicate(given, timeout=PATIENCE_SECONDS)
        return Ended(process.returncode, output)

    def manage(self, *arguments: object, given: str = "") -> Ended:
        return self.run([sys.executable, "manage.py", *map(str, arguments)], given)

    def list_running(self) -> set[str]:
        notes = pid_files.list_pid_files(self.home / "run")
        return {note.name for note in notes if pid_files.find_process(note) is not None}

    def hurry(self) -> None:
        """Background work runs at a low priority, beside which a busy machine does it last; who may raises it again."""
        for note in pid_files.list_pid_files(self.home / "run"):
            if process := pid_files.find_process(note):
                for one in [process, *process.children(recursive=True)]:
                    with suppress(psutil.Error, OSError):
                        one.nice(0)
                        Path(f"/proc/{one.pid}/autogroup").write_text("0", encoding="ascii")

    def stop(self) -> None:
        """In order where it can be, and by force what is left."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.terminate()
            self.supervisor.wait(PATIENCE_SECONDS)
        pid_files.end_orphans(self.home / "run")
        if pid := embedded_postgres.read_database_pid(self.home):
            psutil.Process(pid).terminate()

    def list_strays(self) -> list[str]:
        """Files and folders that lie outside the home."""
        found = [*self.own_folder.rglob("*"), *self.temporary.rglob("*")]
        return sorted(str(path.relative_to(self.folder)) for path in found)


def wait_for(look: Callable[[], Found | None], what: str) -> Found:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: not in {PATIENCE_SECONDS:.0f} s"
        time.sleep(PAUSE_SECONDS)
    return found
