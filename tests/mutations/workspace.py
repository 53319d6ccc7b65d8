"""Copies of the tree in which tests run, each with a database of its own that is new for every run.

All of them share one server: tests that are given DATABASE_URL start none, and a database copied from a template is
there in a fraction of the time that the migrations take.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.mutations.catalogue import ROOT, MutationError

LEFT_OUT = (".*", "__pycache__", "var", "staticfiles")
COMPILED = ("mediarec", "recommender", "worker", "tests")
TEMPLATE = "test_template"  # pytest-django puts "test_" before the name in DATABASE_URL
SLOWEST_RUN_SECONDS = 600
ANY_DATABASE_TEST = "tests/library/test_audit.py"  # makes the template on its way
PASSED, FAILED = 0, 1  # exit codes of pytest; the others mean that it could not run


@dataclass(frozen=True)
class Outcome:
    """`failed` are the tests that did, without their parameters; `printed` is the end of what pytest said."""

    code: int
    failed: tuple[str, ...] = ()
    printed: str = ""


class Workspace:
    """One copy of the tree; not for two runs at once."""

    def __init__(self, folder: Path, address: str, number: int) -> None:
        self.folder = folder / f"tree{number}"
        self._home = folder / f"home{number}"
        self._server = address
        self._database = f"copy{number}"
        self._process: subprocess.Popen[str] | None = None

    def copy_tree(self) -> None:
        """Compiled with hashes of the sources: by its time alone, a file changed within a second looks unchanged."""
        shutil.copytree(ROOT, self.folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self._home.mkdir()
        for name in COMPILED:
            compileall.compile_dir(
                self.folder / name, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
            )

    def make_template(self) -> None:
        """Raises MutationError where the tests cannot run at all."""
        outcome = self._run_pytest([ANY_DATABASE_TEST], TEMPLATE.removeprefix("test_"), "--create-db")
        if outcome.code != PASSED:
            raise MutationError(f"The tests do not run without any change:\n{outcome.printed}")

    def stop(self) -> None:
        """Ends what runs here now, if anything does."""
        if self._process is not None and self._process.returncode is None:
            _kill_group(self._process)

    def run_tests(self, tests: Sequence[str], *options: str) -> Outcome:
        """With a new database. A run that takes too long counts as a failure."""
        copied = f"test_{self._database}"
        with psycopg.connect(_rename_database(self._server, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {copied} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {copied} TEMPLATE {TEMPLATE}")
        return self._run_pytest(tests, self._database, *options)

    def _run_pytest(self, tests: Sequence[str], database: str, *more: str) -> Outcome:
        options = ("-q", "--no-header", "--tb=no", "--durations=0", "-p", "no:cacheprovider", "--reuse-db", *more)
        environment = {
            **os.environ,
            "DATABASE_URL": _rename_database(self._server, database),
            "MEDIAREC_TEST_HOME": str(self._home),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=self.folder, env=environment, start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            printed, _ = process.communicate(timeout=SLOWEST_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            return Outcome(FAILED, printed=f"There was no end after {SLOWEST_RUN_SECONDS} seconds.")
        finally:
            _kill_group(process)  # what a test left behind goes with it
            process.wait()
        return Outcome(process.returncode, _list_failed(printed), printed.strip()[-2000:])


def _kill_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _list_failed(printed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"^(?:FAILED|ERROR) ([^\s\[]+)", printed, re.MULTILINE)))


def _rename_database(address: str, name: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
