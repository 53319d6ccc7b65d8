"""A watch over what programs send, by whatever way this machine has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.machine import find_chromium
from tests.offline import seccomp
from tests.offline.day import Day, live
from tests.offline.tracing import TracingWatch
from tests.offline.watch import KernelWatch, Watch

WAYS = ("seccomp", "strace")


def open_watch(way: str, folder: Path) -> Watch | str:
    """The watch, or why there is none."""
    if way == "strace":
        strace = shutil.which("strace")
        return TracingWatch(strace, folder) if strace else "strace is not installed (Debian's package strace)"
    machine = seccomp.find_machine()
    if machine is None:
        return "calls can be watched by the kernel on Linux alone, on x86_64 and aarch64"
    try:
        return KernelWatch(machine)
    except OSError as error:
        return f"this kernel notifies nobody of system calls ({error.strerror}); it takes Linux 5.5"


def open_best_watch(folder: Path) -> Watch:
    ways = [open_watch(way, folder) for way in WAYS]
    for found in ways:
        if not isinstance(found, str):
            return found
    pytest.skip("; ".join(way for way in ways if isinstance(way, str)))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    found = open_best_watch(tmp_path / "notes")
    yield found
    found.close()


@pytest.fixture(params=WAYS)
def each_watch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watch]:
    found = open_watch(request.param, tmp_path / "notes")
    if isinstance(found, str):
        pytest.skip(found)
    yield found
    found.close()


@pytest.fixture(scope="session")
def day(request: pytest.FixtureRequest, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """In Chromium where there is one; else pages are fetched, and nothing runs their scripts."""
    folder = tmp_path_factory.mktemp("day")
    watch = open_best_watch(folder / "notes")
    opened: Browser | None = request.getfixturevalue("browser") if find_chromium() else None
    context = opened.new_context() if opened else None
    sending = context.request if context else playwright.request.new_context()
    try:
        return live(folder, watch, sending, context.new_page() if context else None)
    finally:
        watch.close()
        context.close() if context else sending.dispose()
