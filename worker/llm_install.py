"""Installing the language model's package in the background: it compiles for minutes, and nothing waits for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
from django.conf import settings

from worker import jobs, runstate
from worker.models import Job

LABEL = "Install the language model (compiles for several minutes)"
COMPILERS = ("c++", "g++", "clang++")
NICENESS = 15
CMAKE_ARGS = "-DGGML_NATIVE=OFF"  # a native build can crash on virtual machines that advertise AMX and fault on it


class LlmInstall:
    """One run of the package installer, looked at now and then; its end is a job row and one line."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "logs" / "llm-install.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.job: Job | None = None

    def start(self) -> str:
        """Returns a line worth printing. Without a compiler it ends at once, in a sentence."""
        self.job = jobs.start_job("setup", LABEL, unit="steps")
        if not any(shutil.which(name) for name in COMPILERS):
            sentence = (
                "No C++ compiler was found, so the language model cannot be built; sentences come from templates."
            )
            jobs.fail(self.job.pk, sentence)
            return sentence
        command = [sys.executable, "-m", "pip", "install", "-r", str(settings.BASE_DIR / "requirements-llm.txt")]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "CMAKE_ARGS": CMAKE_ARGS, "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)},
                start_new_session=True,
            )
        psutil.Process(self.process.pid).nice(NICENESS)
        runstate.note_process(self.home / "run", "llm-install", self.process.pid)
        return f"The language model is being built in the background; its log: {self.log}"

    def watch(self) -> str:
        """A line when it has ended, nothing before."""
        if self.process is None or self.job is None:
            return ""
        code = self.process.poll()
        if code is None:
            jobs.report(self.job.pk, 0, 1, "compiling")
            return ""
        self.process = None
        runstate.forget_process(self.home / "run", "llm-install")
        if code == 0:
            jobs.finish(self.job.pk, "installed")
            return "The language model is installed."
        sentence = f"The language model could not be built (see {self.log}); sentences come from templates."
        jobs.fail(self.job.pk, sentence)
        return sentence

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            runstate.end_process(psutil.Process(self.process.pid), 3.0)
        runstate.forget_process(self.home / "run", "llm-install")
