"""The token of a first-run link opens the whole installation, so no log may hold it, whatever goes wrong."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from mediarec.log_filters import HideSetupTokens
from worker import setup
from worker.setup import create_setup_link

WEAK = {"username": "dee", "first_name": "Dee", "password1": "12345", "password2": "12345"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the handler of the settings writes."""
    handlers = [one for one in logging.getLogger().handlers if any(isinstance(f, HideSetupTokens) for f in one.filters)]
    [handler] = [one for one in handlers if isinstance(one, logging.StreamHandler)]
    written, before = io.StringIO(), handler.stream
    handler.setStream(written)
    yield written
    handler.setStream(before)


def test_a_look_at_the_head_alone_is_answered() -> None:
    answer = Client().head(reverse("setup", args=[create_setup_link()]))
    assert (answer.status_code, answer.content) == (200, b"")


def test_refused_requests_are_logged_without_the_token(log: io.StringIO) -> None:
    token = create_setup_link()
    address = reverse("setup", args=[token])
    statuses = [
        Client().put(address).status_code,
        Client().post(address, WEAK).status_code,
        Client(enforce_csrf_checks=True).post(address, WEAK).status_code,
        Client().get(address + "x").status_code,
        Client().get(address + "/further").status_code,
    ]
    assert statuses == [405, 400, 403, 404, 404]
    assert log.getvalue().count("/setup/...") >= len(statuses)
    assert token not in log.getvalue()


@pytest.mark.parametrize("failure", [OperationalError("gone"), RuntimeError("a mistake of ours")])
def test_a_failure_is_logged_without_the_token(
    log: io.StringIO, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = create_setup_link()

    def fail(given: str) -> None:
        raise failure

    monkeypatch.setattr(setup, "check", fail)
    answer = Client(raise_request_exception=False).get(reverse("setup", args=[token]))
    assert answer.status_code >= 500
    assert "/setup/..." in log.getvalue()
    assert token not in log.getvalue()


def test_no_other_handler_of_django_writes_beside_it() -> None:
    assert logging.getLogger("django").handlers == []


def test_the_web_servers_own_log_of_requests_is_without_the_token() -> None:
    """In a process of its own, as the server does it: its logging first, then the application."""
    script = (
        "import logging.config, uvicorn.config;"
        "logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG);"
        "import mediarec.asgi;"
        "logging.getLogger('uvicorn.access').info("
        """'%s - "%s %s HTTP/%s" %d', '127.0.0.1:5', 'GET', '/setup/secret-token?x=1', '1.1', 405)"""
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert '"GET /setup/...?x=1 HTTP/1.1" 405' in done.stdout
    assert "secret-token" not in done.stdout + done.stderr
