"""A window of a real Chromium, the pages served to it, and a worker in a thread that a test can hold back."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page

from worker import dispatch

PATIENCE_MS = 20_000
WORK_SECONDS = 180


class Background:
    """Does what a Celery worker would, in a thread, so that a page can be watched while work goes on."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.may_go.set()
        self.pool = ThreadPoolExecutor(1, "worker")
        self.sent: list[Future[None]] = []

    def hold(self) -> None:
        self.may_go.clear()

    def go(self) -> None:
        self.may_go.set()

    def send(self, task: str, *arguments: object) -> None:
        self.sent.append(self.pool.submit(self._run, task, arguments))

    def wait(self) -> None:
        """Until nothing waits any more, what the work itself asked for included; its errors are raised here."""
        while self.sent:
            self.sent.pop(0).result(WORK_SECONDS)

    def stop(self) -> None:
        self.go()
        self.pool.submit(connections.close_all).result(WORK_SECONDS)
        self.pool.shutdown()

    def _run(self, task: str, arguments: tuple[object, ...]) -> None:
        import worker.tasks  # noqa: F401 - registers them
        from mediarec.celery import app

        self.may_go.wait(WORK_SECONDS)
        app.tasks[task].apply(arguments, throw=True)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window at 1280; a script error or a refused file on any page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert errors == []


@pytest.fixture
def background(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Background]:
    working = Background()
    monkeypatch.setattr(dispatch, "_send_now", working.send)
    yield working
    working.stop()
