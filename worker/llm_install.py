"""Installs the language model's package in the background: it compiles for minutes, and nothing waits for it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil
from django.conf import settings

from mediarec import env
from worker import jobs, pid_files
from worker.child_process import lower_priority
from worker.models import Job

KIND = "setup"
LABEL = "Install the language model (compiles for several minutes)"
COMPILERS = ("c++", "g++", "clang++")
NICENESS = 15
REPORT_SECONDS = 5.0
CMAKE_ARGS = "-DGGML_NATIVE=OFF"  # a native build can crash on virtual machines that advertise AMX and fault on it


class LlmInstall:
    """One run of pip in a subprocess, polled by the supervisor; its outcome is a job row and one line."""

    def __init__(self, home: Path, command: Sequence[str] = ()) -> None:
        self.home = home
        requirements = str(settings.BASE_DIR / "requirements-llm.txt")
        pip = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check")
        self.command = list(command or (*pip, "-r", requirements))
        self.log = home / "logs" / "llm-install.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.job: Job | None = None
        self.report_at = 0.0

    def finish_interrupted(self) -> None:
        """Finishes the job of an interrupted run once the package is installed."""
        for job in Job.objects.filter(kind=KIND, state__in=jobs.ACTIVE):
            jobs.finish(job.pk, "installed")

    def start(self) -> str:
        """Returns a line to print. Fails at once, with a sentence, where there is no compiler."""
        self.job = jobs.start_job(KIND, LABEL, unit="steps")
        if not any(shutil.which(name) for name in COMPILERS):
            sentence = (
                "No C++ compiler was found, so the language model cannot be built; sentences come from templates."
            )
            jobs.fail(self.job.pk, sentence)
            return sentence
        self.log.parent.mkdir(parents=True, exist_ok=True)
        build = {"CMAKE_ARGS": CMAKE_ARGS, "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=env.build_child_environment(build),
                preexec_fn=partial(lower_priority, NICENESS),
                start_new_session=True,
            )
        pid_files.write_pid_file(self.home / "run", "llm-install", self.process.pid)
        return f"The language model is being built in the background; its log: {self.log}"

    def watch(self) -> str | None:
        """A line to print when it has ended, else None."""
        if self.process is None or self.job is None:
            return None
        code = self.process.poll()
        if code is None:
            return self._report(self.job.pk)
        sentence = self._record_end(self.job.pk, code)
        self._end()
        return sentence

    def _record_end(self, job_id: int, code: int) -> str:
        if code == 0:
            jobs.finish(job_id, "installed")
            return "The language model is installed."
        sentence = f"The language model could not be built (see {self.log}); sentences come from templates."
        jobs.fail(job_id, sentence)
        return sentence

    def stop(self) -> None:
        """Interrupts it; the next start runs it again, reusing what pip has built."""
        if self.process is None or self.job is None:
            return
        self._end()
        jobs.pause(self.job.pk, "Cut off; it begins again at the next start.")

    def _report(self, job_id: int) -> str | None:
        if time.monotonic() < self.report_at:
            return None
        self.report_at = time.monotonic() + REPORT_SECONDS
        try:
            jobs.report(job_id, 0, 0, "Compiling in the background; everything else works meanwhile.")
        except jobs.JobCancelledError:
            self._end()
            return "The language model is not built, since its job was cancelled; sentences come from templates."
        return None

    def _end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            pid_files.end_processes([psutil.Process(self.process.pid)], 3.0)
        self.process = None
        pid_files.remove_pid_file(self.home / "run", "llm-install")
