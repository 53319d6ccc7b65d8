"""Installing the language model's package in the background: every outcome is a sentence, and nothing waits for it."""

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from worker import jobs, pid_files
from worker.llm_install import NICENESS, LlmInstall
from worker.models import Job

pytestmark = pytest.mark.django_db

LOWEST_PRIORITY = 19
SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")


def run(home: Path, script: str) -> str:
    """The line printed at the end of an installer that runs this script."""
    install = LlmInstall(home, (sys.executable, "-c", script))
    install.start()
    deadline = time.monotonic() + 20
    while (line := install.watch()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return line


@pytest.fixture(autouse=True)
def _compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def find_job() -> Job:
    return Job.objects.get(kind="setup")


def test_without_a_compiler_it_fails_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    install = LlmInstall(tmp_path, SLEEPS)
    assert "No C++ compiler was found" in install.start()
    assert install.process is None
    assert (find_job().state, "templates" in find_job().message) == (Job.State.FAILED, True)


def test_a_build_that_fails_names_its_log(tmp_path: Path) -> None:
    line = run(tmp_path, "print('no luck'); raise SystemExit(1)")
    assert str(tmp_path / "logs" / "llm-install.log") in line
    assert (find_job().state, find_job().message) == (Job.State.FAILED, line)
    assert "no luck" in (tmp_path / "logs" / "llm-install.log").read_text()


def test_a_build_that_succeeds_ends_its_job(tmp_path: Path) -> None:
    assert "is installed" in run(tmp_path, "pass")
    assert find_job().state == Job.State.DONE


def test_it_builds_at_low_priority_without_native_instructions(tmp_path: Path) -> None:
    run(tmp_path, "import os; print(os.environ['CMAKE_ARGS'], os.nice(0))")
    arguments, niceness = (tmp_path / "logs" / "llm-install.log").read_text().split()
    assert arguments == "-DGGML_NATIVE=OFF"
    assert int(niceness) == min(LOWEST_PRIORITY, os.nice(0) + NICENESS)


def test_the_job_reports_progress(tmp_path: Path) -> None:
    install = LlmInstall(tmp_path, SLEEPS)
    install.start()
    assert install.watch() is None
    assert (find_job().state, "Compiling" in find_job().message) == (Job.State.RUNNING, True)
    install.stop()


def test_cancelling_the_job_ends_the_build(tmp_path: Path) -> None:
    install = LlmInstall(tmp_path, SLEEPS)
    install.start()
    jobs.cancel_job(find_job().pk)
    assert "cancelled" in str(install.watch())
    assert install.process is None
    assert find_job().state == Job.State.CANCELLED


def test_an_interrupted_build_resumes_at_the_next_start(tmp_path: Path) -> None:
    first = LlmInstall(tmp_path, SLEEPS)
    first.start()
    first.stop()
    assert find_job().state == Job.State.PAUSED
    assert pid_files.list_pid_files(tmp_path / "run") == []
    run(tmp_path, "pass")
    assert find_job().state == Job.State.DONE


def test_the_job_of_a_killed_build_is_done_once_the_package_is_installed(tmp_path: Path) -> None:
    jobs.start_job("setup", "Install")
    LlmInstall(tmp_path).finish_interrupted()
    assert find_job().state == Job.State.DONE
