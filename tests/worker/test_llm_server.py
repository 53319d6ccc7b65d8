"""Supervising the language model server: published while healthy, withdrawn while down, ended when it hangs."""

import json
import sys
from pathlib import Path

import pytest

from worker import llm_server
from worker.child_process import Child, ChildSpec
from worker.llm_server import DOWN_AFTER_MISSES, HUNG_AFTER_MISSES, LlmServer


@pytest.fixture
def server(tmp_path: Path) -> LlmServer:
    instance = LlmServer(tmp_path, Path("/models/Small-1B.gguf"))
    instance.child = Child(ChildSpec("llm", [sys.executable, "-c", "import time; time.sleep(60)"]), tmp_path)
    instance.child.start()
    return instance


def set_answering(monkeypatch: pytest.MonkeyPatch, is_answering: bool) -> None:
    monkeypatch.setattr(llm_server, "answers", lambda url: is_answering)


def test_its_address_is_published_under_its_model_name_while_it_answers(
    server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_answering(monkeypatch, True)
    server.check()
    assert json.loads(server.note.read_text()) == {"url": server.url, "model": "Small-1B"}
    server.child.stop()
    server.check()
    assert not server.note.exists()


def test_a_busy_server_stays_published(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    set_answering(monkeypatch, True)
    server.check()
    set_answering(monkeypatch, False)
    for _ in range(DOWN_AFTER_MISSES - 1):
        server.check()
    assert server.note.exists()
    server.check()
    assert not server.note.exists()
    server.child.stop()


def test_a_hanging_server_is_ended_and_restarted(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    set_answering(monkeypatch, False)
    lines = [server.check() for _ in range(HUNG_AFTER_MISSES)]
    assert [line for line in lines if line] == ["The language model hangs; it is ended and started again."]
    assert not server.child.is_running()
    assert "starts again" in str(server.child.watch())
