"""The web server answers each request in a thread of its own, and none may keep its connection to the database."""

import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.asgi import get_asgi_application
from django.db import connection

from tests.apart import run_apart

REQUESTS = 5


@pytest.fixture
def no_collecting() -> Iterator[None]:
    """What only the garbage collector would close counts as kept."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.django_db(transaction=True)
def test_requests_leave_no_connection_behind(no_collecting: None) -> None:
    before = _count_connections()
    for _ in range(REQUESTS):
        assert run_apart(_ask("/")) == 302
    deadline = time.monotonic() + 10  # the server ends a session a moment after its socket closes
    while _count_connections() > before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_web_server_shares_a_few_and_workers_do_not() -> None:
    """In a process of its own: the pool is made when the web server is loaded."""
    script = "import {}; from django.db import connection; print(getattr(connection.pool, 'max_size', 0))"
    root = Path(__file__).resolve().parent.parent.parent
    found = []
    for loaded in ("mediarec.asgi", "mediarec.celery"):
        command = [sys.executable, "-W", "ignore", "-c", script.format(loaded)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        found.append(int(done.stdout))
    assert found == [12, 0]


async def _ask(path: str) -> int:
    headers = [(b"host", b"testserver"), (b"cookie", b"sessionid=nobody-has-this-one")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    sent: list[Any] = []
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(asked, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    await get_asgi_application()(scope, receive, send)
    return int(sent[0]["status"])


def _count_connections() -> int:
    with connection.cursor() as cursor:
        # Autovacuum comes and goes by itself.
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])
