"""Watching the language model's server: found while it answers, left out while it is down, ended when it hangs."""

import json
import sys
from pathlib import Path

import pytest

from worker import llm_server
from worker.child_process import Child, ChildSpec
from worker.llm_server import DOWN_AFTER_MISSES, HUNG_AFTER_MISSES, LlmServer


@pytest.fixture
def server(tmp_path: Path) -> LlmServer:
    made = LlmServer(tmp_path, Path("/models/Small-1B.gguf"))
    made.child = Child(ChildSpec("llm", [sys.executable, "-c", "import time; time.sleep(60)"]), tmp_path)
    made.child.start()
    return made


def say(monkeypatch: pytest.MonkeyPatch, is_answering: bool) -> None:
    monkeypatch.setattr(llm_server, "answers", lambda url: is_answering)


def test_it_is_noted_while_it_answers_under_its_own_name(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, True)
    server.look()
    assert json.loads(server.note.read_text()) == {"url": server.url, "model": "Small-1B"}
    server.child.stop()
    server.look()
    assert not server.note.exists()


def test_one_that_is_busy_writing_stays_noted(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, True)
    server.look()
    say(monkeypatch, False)
    for _ in range(DOWN_AFTER_MISSES - 1):
        server.look()
    assert server.note.exists()
    server.look()
    assert not server.note.exists()
    server.child.stop()


def test_one_that_hangs_is_ended_so_that_it_starts_again(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, False)
    said = [server.look() for _ in range(HUNG_AFTER_MISSES)]
    assert [line for line in said if line] == ["The language model hangs; it is ended and started again."]
    assert not server.child.is_running()
    assert "starts again" in str(server.child.watch())
