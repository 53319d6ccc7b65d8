"""`manage.py up`: starts every process in order, watches them, and stops them in order. Prints one line per thing."""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from mediarec.library.errors import MediarecError, UnavailableError
from worker import embedded, processes, runstate, setup
from worker.children import Child, ChildSpec
from worker.llm_install import LlmInstall

TICK_SECONDS = 0.5
LLM_EVERY_TICKS = 20
DATABASE_EVERY_TICKS = 10
BROKER_WAIT_SECONDS = 10.0
WEB_WAIT_SECONDS = 60.0
Say = Callable[[str], None]


class Supervisor:
    """`say` prints a line for a person."""

    def __init__(self, home: Path, say: Say, open_browser: bool = True) -> None:
        self.home, self.run, self.say = home, home / "run", say
        self.open_browser = open_browser
        self.children: list[Child] = []
        self.llm_url = ""
        self.install = LlmInstall(home)
        self.is_stopping = False
        self.ticks = 0

    def up(self) -> None:
        """Runs until it is told to stop. Raises UnavailableError with one sentence when it cannot start."""
        self._check_alone()
        processes.check_port(settings.MEDIAREC_HOST, settings.MEDIAREC_PORT)
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._ask_to_stop)
        runstate.note_process(self.run, "supervisor", os.getpid())
        try:
            self._start()
            while not self.is_stopping:
                self._tick()
                time.sleep(TICK_SECONDS)
        finally:
            self._stop()

    def _check_alone(self) -> None:
        for note in runstate.list_notes(self.run):
            if note.name == "supervisor" and runstate.find_process(note):
                raise UnavailableError(f"mediarec is running already on {self.home} (process {note.pid}).")
        ended = runstate.end_orphans(self.run)
        if ended:
            self.say(f"Ended what a killed start left behind: {', '.join(ended)}.")

    def _ask_to_stop(self, signum: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def _start(self) -> None:
        migrate()
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self._start_broker()
        self._start_child(processes.build_web(settings.MEDIAREC_HOST, settings.MEDIAREC_PORT))
        self._wait(self._web_answers, WEB_WAIT_SECONDS, "The pages did not come up")
        if self.is_stopping:
            return
        self._greet()
        self._start_child(processes.build_light_worker())
        self._start_child(processes.build_models_worker())
        self._start_child(processes.build_beat(self.home))
        self._start_llm()

    def _start_broker(self) -> None:
        if os.environ.get("BROKER_URL") and not (self.run / "broker.json").exists():
            return  # an address of the person's own
        port = processes.find_free_port()
        url = f"redis://127.0.0.1:{port}/0"
        os.environ["BROKER_URL"] = url
        self._start_child(processes.build_broker(self.home, port))
        self._wait(lambda: can_connect(port), BROKER_WAIT_SECONDS, "The embedded broker did not start")
        runstate.write_json(self.run / "broker.json", {"url": url})

    def _start_child(self, spec: ChildSpec) -> None:
        child = Child(spec, self.home)
        child.start()
        self.children.append(child)

    def _start_llm(self) -> None:
        """An address of the person's own goes first; then the package; else it is built in the background."""
        if settings.LLM_URL:
            return
        model = processes.find_gguf()
        if processes.is_llm_installed() and model:
            port = processes.find_free_port()
            self.llm_url = f"http://127.0.0.1:{port}/v1"
            self._start_child(processes.build_llm(model, port))
        elif settings.INSTALL_LLM:
            self.say(self.install.start())

    def _tick(self) -> None:
        for child in self.children:
            if line := child.watch():
                self.say(line)
        if line := self.install.watch():
            self.say(line)
            self._start_llm_once()
        self._note_llm()
        self.ticks += 1
        if self.ticks % DATABASE_EVERY_TICKS == 0:
            self._revive_database()

    def _start_llm_once(self) -> None:
        if processes.is_llm_installed() and not self.llm_url:
            self._start_llm()

    def _note_llm(self) -> None:
        """The file by which the other processes find the language model: there while it answers, and only then."""
        note = self.run / "llm.json"
        if not self.llm_url or self.ticks % LLM_EVERY_TICKS:
            return
        model = processes.find_gguf()
        if model and answers(f"{self.llm_url}/models"):
            runstate.write_json(note, {"url": self.llm_url, "model": processes.name_model(model)})
        else:
            note.unlink(missing_ok=True)

    def _revive_database(self) -> None:
        if "mediarec" not in os.environ.get("DATABASE_URL", "") or not (self.home / "postgres").exists():
            return
        if embedded.read_database_pid(self.home) is None:
            self.say("The database stopped; it is started again.")
            try:
                embedded.revive_database(self.home)
            except MediarecError as error:
                self.say(str(error))

    def _wait(self, is_ready: Callable[[], bool], seconds: float, sentence: str) -> None:
        """Raises UnavailableError when it is not ready in time or its process has ended."""
        child = self.children[-1]
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.is_stopping:
                return
            if not child.is_running() or time.monotonic() > deadline:
                raise UnavailableError(f"{sentence}; the log is {child.log}.")
            time.sleep(0.1)

    def _web_answers(self) -> bool:
        return answers(f"{find_address()}/healthz")

    def _greet(self) -> None:
        address = find_address()
        self.say(f"mediarec is at {address}  (Ctrl-C stops it; everything is kept in {self.home})")
        link = "" if setup.has_owner() else f"{address}/setup/{setup.create_setup_link()}"
        if link:
            self.say(f"First run: create your account at {link}")
        if self.open_browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or is_mac()):
            webbrowser.open(link or address)

    def _stop(self) -> None:
        """In reverse order, so that nothing loses what it talks to before it has said its last word."""
        self.say("Stopping.")
        (self.run / "llm.json").unlink(missing_ok=True)
        self.install.stop()
        for child in reversed(self.children):
            child.stop()
        (self.run / "broker.json").unlink(missing_ok=True)
        runstate.forget_process(self.run, "supervisor")
        connections.close_all()


def migrate() -> None:
    """Brings the tables up to date; looks first, since importing nothing new is the usual case."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise UnavailableError(f"The database at DATABASE_URL does not answer: {str(error).strip()}") from error
    connection.close()


def find_address() -> str:
    host = "127.0.0.1" if settings.MEDIAREC_HOST in {"0.0.0.0", "::"} else settings.MEDIAREC_HOST  # noqa: S104 - compared
    return f"http://{host}:{settings.MEDIAREC_PORT}"


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - an address of our own making
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def can_connect(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def is_mac() -> bool:
    return sys.platform == "darwin"
