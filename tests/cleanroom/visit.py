"""What a newcomer does with a fresh checkout on a bare machine, step by step, and whether it went well."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cleanroom.root import USER_ID, Root

LOOK_SECONDS = 1.0
CLIP_FOLDER = "clips"
CLIP_TITLE = "Harbour at Night"
WORDS = "copper lighthouse"
# What a bare machine has broken before: readers, encoders, the supervisor, and what is skipped by name.
SOME_TESTS = (
    "tests/test_requirements.py",
    "tests/test_machine.py",
    "tests/test_no_models_in_web.py",
    "tests/browser",
    "tests/library/test_native_libraries.py",
    "tests/library/importers/test_folder.py",
    "tests/recommender/encoders",
    "tests/recommender/media_analysis",
    "tests/recommender/enrichment/test_load_failures.py",
    "tests/worker/test_up.py",
)


class StepFailedError(Exception):
    """The message says what was waited for, and what was seen."""


@dataclass(frozen=True)
class Outcome:
    step: str
    seconds: float
    is_passed: bool
    note: str


class Visit:
    """`tests` are paths for `make test`; none means all. No step goes on for longer than is left of the minutes."""

    def __init__(self, root: Root, tests: tuple[str, ...], minutes: float) -> None:
        self.root, self.tests = root, tests
        self.deadline = time.monotonic() + 60 * minutes
        self.port = find_free_port()
        self.printed = root.folder.with_name("make-demo")
        self.process: subprocess.Popen[str] | None = None
        self.skipped: list[str] = []

    def take(self) -> Iterator[Outcome]:
        """Ends at the first step that fails, and ends what was started."""
        steps: list[tuple[str, Callable[[], str]]] = [
            ("make demo: packages are installed", self.install),
            ("make demo: the first page", self.see_first_page),
            ("a folder with a clip is imported", self.import_clip),
            ("words on its screen are found", self.find_clip),
            ("make demo: Ctrl-C ends everything", self.stop),
            ("make test", self.test),
        ]
        try:
            for name, work in steps:
                outcome = time_step(name, work)
                yield outcome
                if not outcome.is_passed:
                    return
        finally:
            self.end()

    def install(self) -> str:
        own = {"MEDIAREC_PORT": str(self.port), "MEDIAREC_OPEN_BROWSER": "0"}
        self.process = self.root.start("make", "demo", printed=self.printed, **own)
        done = self.root.project / ".venv" / ".installed"
        self._wait(done.exists, "The packages are installed")
        return self.root.run(".venv/bin/python", "--version", timeout_seconds=60).stdout.strip()

    def see_first_page(self) -> str:
        self._wait(lambda: "/setup/" in self.printed.read_text(), "The first-run link is printed")
        link = re.search(r"/setup/\S+", self.printed.read_text())
        if link is None or "<form" not in read_page(self.port, link[0]):
            raise StepFailedError("The first-run link leads to no page where an account is made.")
        return "the first-run link opens"

    def import_clip(self) -> str:
        self._manage("-m", "tests.cleanroom.clip", CLIP_FOLDER)
        told = self._manage("manage.py", "import", CLIP_FOLDER, "--person", "ana", "--json")
        summary = read_json(told)
        if summary.get("items_added") != 1:
            raise StepFailedError(f"One item should have come in; the import says: {told[-300:]}")
        return "1 item"

    def find_clip(self) -> str:
        self._wait(self._is_found, f"A search for “{WORDS}” finds the clip", every_seconds=5.0)
        unloaded = read_json(self._manage("manage.py", "status", "--json")).get("not_loaded")
        if unloaded:
            raise StepFailedError(f"Not everything could be loaded: {unloaded}")
        return "everything could be loaded"

    def stop(self) -> str:
        process = self.process
        if process is None:
            raise StepFailedError("It was not started.")
        os.killpg(process.pid, signal.SIGINT)
        process.wait(90)
        if not self.printed.read_text().rstrip().endswith("Stopping."):
            raise StepFailedError(f"It ended with: {self.printed.read_text()[-300:]}")
        left = list_processes()
        if left:
            raise StepFailedError(f"Still there: {', '.join(left)}.")
        return "nothing is left"

    def test(self) -> str:
        given = (f"TESTS={' '.join(self.tests)}",) if self.tests else ()
        done = self.root.run("make", "test", *given, timeout_seconds=self._find_left())
        lines = [line.strip("= ") for line in done.stdout.splitlines() if line.startswith("=")]
        self.skipped = count_skipped(done.stdout)
        if done.returncode:
            failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
            raise StepFailedError("\n".join([*lines[-1:], *failed]))
        return lines[-1]

    def end(self) -> None:
        """After a failure, without asking."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _is_found(self) -> bool:
        hits = read_json(self._manage("manage.py", "search", WORDS, "--json")).get("items", [])
        return any(CLIP_TITLE in hit["title"] and "screen" in hit["matched_on"] for hit in hits)

    def _manage(self, *arguments: str) -> str:
        done = self.root.run(".venv/bin/python", *arguments, timeout_seconds=self._find_left())
        if done.returncode:
            raise StepFailedError(f"{' '.join(arguments)} ended with code {done.returncode}: {done.stdout[-300:]}")
        return done.stdout

    def _wait(self, is_so: Callable[[], bool], what: str, every_seconds: float = LOOK_SECONDS) -> None:
        while not is_so():
            if self.process is not None and self.process.poll() is not None:
                raise StepFailedError(f"make demo ended: {self.printed.read_text()[-1000:]}")
            if not self._find_left():
                raise StepFailedError(f"{what}: not in the time given. {self.printed.read_text()[-500:]}")
            time.sleep(every_seconds)

    def _find_left(self) -> float:
        """Seconds."""
        return max(0.0, self.deadline - time.monotonic())


def time_step(name: str, work: Callable[[], str]) -> Outcome:
    started = time.monotonic()
    try:
        note, is_passed = work(), True
    except (StepFailedError, OSError, ValueError, subprocess.SubprocessError) as error:
        note, is_passed = str(error), False
    return Outcome(name, time.monotonic() - started, is_passed, note)


def count_skipped(printed: str) -> list[str]:
    """ "30 skipped: why", the most first."""
    reasons: Counter[str] = Counter()
    for count, reason in re.findall(r"^SKIPPED \[(\d+)\] \S+: (.+)$", printed, re.MULTILINE):
        reasons[reason] += int(count)
    return [f"{count} skipped: {reason}" for reason, count in reasons.most_common()]


def find_free_port() -> int:
    """The network is the host's, where mediarec itself may run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_page(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as page:
            return str(page.read().decode())
    except urllib.error.URLError as error:
        raise StepFailedError(f"{path}: {error}") from error


def read_json(text: str) -> dict[str, Any]:
    """The object in what a command printed, which may have warned before."""
    found = json.loads(text[text.index("{") :])
    assert isinstance(found, dict)
    return found


def list_processes() -> list[str]:
    """The user's, by name; a moment is given to those that are about to go."""
    names: list[str] = []
    for _ in range(20):
        names = [found for path in Path("/proc").glob("[0-9]*") if (found := _name_process(path))]
        if not names:
            break
        time.sleep(0.5)
    return names


def _name_process(path: Path) -> str:
    try:
        if path.stat().st_uid != USER_ID:
            return ""
        return (path / "comm").read_text().strip()
    except OSError:
        return ""  # it went meanwhile
