"""`manage.py up` end to end: real processes in a temporary home, killed on purpose."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from worker import embedded_postgres, pid_files, processes

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90.0  # a start takes three seconds; longer on a busy machine
CHILDREN = {"broker", "web", "worker-light", "worker-models", "beat"}


@dataclass
class Installation:
    """One home, one port, and what `up` printed."""

    home: Path
    port: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {"MEDIAREC_HOME": str(self.home), "MEDIAREC_PORT": str(self.port), "MEDIAREC_INSTALL_LLM": "0"}
        # A missing file keeps the language model out of this test.
        own |= {"MEDIAREC_OPEN_BROWSER": "0", "MEDIAREC_LLM_GGUF": str(self.home / "none.gguf")}
        inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BROKER_URL"}}
        return {**inherited, **own}

    @property
    def printed(self) -> str:
        return (self.home.parent / "printed").read_text()

    def up(self, **environment: str) -> subprocess.Popen[bytes]:
        command, given = [sys.executable, "manage.py", "up"], {**self.environment, **environment}
        with (self.home.parent / "printed").open("wb") as printed:
            process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=printed, stderr=printed)
        self.started.append(process)
        return process

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def find(self, name: str) -> psutil.Process | None:
        notes = {note.name: note for note in pid_files.list_pid_files(self.home / "run")}
        return pid_files.find_process(notes[name]) if name in notes else None

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login", timeout=10) as page:
                return bool(page.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def is_whole(self) -> bool:
        return all(self.find(name) for name in CHILDREN) and self.answers()

    def is_gone(self) -> bool:
        return not any(self.find(name) for name in CHILDREN) and embedded_postgres.read_database_pid(self.home) is None


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("up") / "home", processes.find_free_port())
    yield made
    for process in made.started:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
    pid_files.end_orphans(made.home / "run")
    if pid := embedded_postgres.read_database_pid(made.home):
        psutil.Process(pid).terminate()


@pytest.fixture
def running(installation: Installation) -> Installation:
    """Completely running, whatever a previous test has killed."""
    if not installation.started or installation.started[-1].poll() is not None:
        installation.up()
    wait_until(installation.is_whole, "everything runs")
    return installation


@pytest.fixture
def stopped(installation: Installation) -> Installation:
    if installation.started and installation.started[-1].poll() is None:
        installation.started[-1].terminate()
        installation.started[-1].wait(PATIENCE_SECONDS)
    return installation


def wait_until(condition: Callable[[], object], description: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{description}: not in {PATIENCE_SECONDS} s"
        time.sleep(0.1)


def test_it_starts_on_a_fresh_home_and_prints_a_first_run_link(installation: Installation) -> None:
    installation.up()
    wait_until(installation.is_whole, "everything runs")
    assert f"mediarec is at http://127.0.0.1:{installation.port}" in installation.printed
    assert f"http://127.0.0.1:{installation.port}/setup/" in installation.printed


def test_a_second_start_on_the_same_home_says_so_in_one_line(running: Installation) -> None:
    second = running.command("up")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "is running already" in second.stderr
    assert running.is_whole()


def test_another_home_on_the_same_port_reports_it_as_taken(running: Installation, tmp_path: Path) -> None:
    other = running.command("up", MEDIAREC_HOME=str(tmp_path / "other"))
    assert f"Port {running.port} on 127.0.0.1 is taken" in other.stderr
    assert "Traceback" not in other.stderr
    assert running.is_whole()


def test_status_lists_each_process_and_slot(running: Installation) -> None:
    report = json.loads(running.command("status", "--json").stdout)
    embedded = {process["name"]: process for process in report["processes"] if process["where"] == "embedded"}
    assert embedded.keys() == CHILDREN | {"database", "supervisor"}
    assert all(embedded[name]["is_healthy"] for name in ("database", "broker", "web"))
    assert all(process["memory_mb"] > 0 for process in embedded.values())
    assert {"text", "image", "audio", "llm", "ranker"} <= {slot["slot"] for slot in report["slots"]}
    assert all(slot["reason"] for slot in report["slots"])


@pytest.mark.parametrize("name", ["broker", "web", "worker-light"])
def test_a_killed_child_is_restarted(running: Installation, name: str) -> None:
    killed = running.find(name)
    assert killed is not None
    killed.kill()
    wait_until(lambda: (found := running.find(name)) and found.pid != killed.pid, f"{name} comes back")
    wait_until(running.is_whole, "everything runs")
    assert f"{name} stopped (code -9); it starts again in" in running.printed


def test_a_killed_database_is_restarted(running: Installation) -> None:
    pid = embedded_postgres.read_database_pid(running.home)
    assert pid is not None
    psutil.Process(pid).kill()
    wait_until(lambda: embedded_postgres.read_database_pid(running.home) not in {None, pid}, "the database comes back")
    wait_until(running.is_whole, "everything runs")


def test_a_start_recovers_after_everything_was_killed(running: Installation) -> None:
    supervisor = running.started[-1]
    family = psutil.Process(supervisor.pid).children(recursive=True)
    database = psutil.Process(embedded_postgres.read_database_pid(running.home) or 0)
    for process in [psutil.Process(supervisor.pid), *family, *database.children(), database]:
        process.kill()
    supervisor.wait()
    running.up()
    wait_until(running.is_whole, "everything runs again")


def test_children_of_a_killed_supervisor_end_and_status_shows_nothing_running(running: Installation) -> None:
    supervisor = running.started[-1]
    supervisor.kill()
    supervisor.wait()
    running.command("check")  # the last to let go of the database stops it
    wait_until(running.is_gone, "the children end or are known as gone")
    report = json.loads(running.command("status", "--json").stdout)
    assert {process["where"] for process in report["processes"]} == {"not running"}


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGHUP])
def test_a_stop_signal_stops_everything(running: Installation, signum: signal.Signals) -> None:
    running.started[-1].send_signal(signum)
    assert running.started[-1].wait(PATIENCE_SECONDS) == 0
    assert running.is_gone()
    assert running.printed.rstrip().endswith("Stopping.")
    assert pid_files.list_pid_files(running.home / "run") == []


def test_a_configured_broker_that_is_down_is_one_line_and_the_pages_answer(stopped: Installation) -> None:
    process = stopped.up(BROKER_URL="redis://127.0.0.1:9/0")
    wait_until(stopped.answers, "the pages answer")
    assert "The broker at BROKER_URL does not answer." in stopped.printed
    assert stopped.find("broker") is None
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://nobody@127.0.0.1:9/none", "mediarec: The database does not answer: "),
        ("mysql://nobody@127.0.0.1/none", "mediarec: DATABASE_URL must begin with postgresql://"),
    ],
)
@pytest.mark.parametrize("command", [("up",), ("recommend", "--person", "ana")])
def test_a_configured_database_that_is_down_is_one_line(
    stopped: Installation, address: str, sentence: str, command: tuple[str, ...]
) -> None:
    ended = stopped.command(*command, DATABASE_URL=address)
    assert ended.returncode == 1
    assert ended.stderr.startswith(sentence)
    assert ended.stderr.count("\n") == 1


def test_a_command_works_in_a_new_home(tmp_path: Path) -> None:
    fresh = Installation(tmp_path / "home", processes.find_free_port())
    (tmp_path / "films.csv").write_text("title,kind,year\nSolaris,film,1972\n")
    process = fresh.command("import", str(tmp_path / "films.csv"), "--person", "cy", "--json")
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["items_added"] == 1
    assert "Traceback" not in process.stderr
    assert embedded_postgres.read_database_pid(fresh.home) is None


def test_a_command_does_not_migrate_a_configured_database(running: Installation) -> None:
    socket_folder = str(running.home / "postgres").replace("/", "%2F")
    address = f"postgresql://postgres@/postgres?host={socket_folder}"  # the same server, a database without tables
    ended = running.command("recommend", "--person", "cy", DATABASE_URL=address)
    assert ended.stderr == ("mediarec: The tables at DATABASE_URL are not up to date: run `manage.py migrate`.\n")
