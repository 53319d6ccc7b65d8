"""Fixtures for every test, and the fence that lets CI fail where a laptop may skip."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import Settings

from mediarec.library.models import Item, Person
from recommender import caching
from tests.chromium import browser, playwright  # noqa: F401 - fixtures for all folders
from tests.people import make_ana, make_bo, make_cy, make_library


@pytest.fixture(autouse=True)
def _own_home(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Files of a test stay in its own folder, tasks run at once, and nothing cached leaks into the next test."""
    settings.MEDIAREC_HOME = tmp_path / "home"
    settings.ARTWORK_ROOT = tmp_path / "home" / "artwork"
    settings.UPLOADS_ROOT = tmp_path / "home" / "uploads"
    settings.LLM_URL = ""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the slow one is slow on purpose
    _clear_caches()
    yield
    _clear_caches()


def _clear_caches() -> None:
    cache.clear()
    caching.clear_all()


@pytest.fixture
def library(db: None) -> dict[str, Item]:
    """Items by title, in which the right answer can be reasoned."""
    return make_library()


@pytest.fixture
def ana(library: dict[str, Item]) -> Person:
    return make_ana()


@pytest.fixture
def bo(library: dict[str, Item]) -> Person:
    return make_bo()


@pytest.fixture
def cy(library: dict[str, Item]) -> Person:
    return make_cy()


@pytest.fixture
def other_session(db: None) -> Iterator[psycopg.Connection]:
    """A second connection to the same database, as another process has one."""
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host", "port", "password") if parameters.get(name)}
    with psycopg.connect(**wanted, autocommit=True) as session:
        yield session


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if is_wrongly_skipped(report.skipped, report.keywords):
        _wrongly_skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if is_wrongly_skipped(report.skipped, ()):
        _wrongly_skipped.append(report.nodeid)


def is_wrongly_skipped(is_skipped: bool, keywords: Collection[str]) -> bool:
    """With MEDIAREC_REQUIRE_ALL (in CI) nothing may be lacking but what `optional` tests need."""
    return bool(is_skipped and os.environ.get("MEDIAREC_REQUIRE_ALL") and "optional" not in keywords)


_wrongly_skipped: list[str] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped where everything is required is a failure."""
    if _wrongly_skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in _wrongly_skipped:
        terminalreporter.write_line(f"REQUIRED BUT SKIPPED: {nodeid}", red=True)
