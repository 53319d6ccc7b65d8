"""The client against a small local server that answers, hangs or fails, and is not asked for a while after failures."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mediarec.library.errors import UnavailableError
from recommender.llm.openai_http import OpenAIHttpGenerator, TimeoutPolicy
from recommender.llm.protocol import TextGenerator

QUICK = TimeoutPolicy(connect_seconds=0.5, total_seconds=0.6, failures=2, pause_seconds=30, healthy_seconds=30)


class FakeServer(ThreadingHTTPServer):
    """`behave` writes the response; `asked` records the request bodies."""

    daemon_threads = True

    def __init__(self, behave: Callable[[BaseHTTPRequestHandler], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behave = behave
        self.asked: list[dict[str, Any]] = []
        self.headers_seen: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, **json.loads(body)})
        self.server.headers_seen.append(self.headers["Authorization"])
        self.server.behave(self)

    def do_GET(self) -> None:
        self.server.behave(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def send(handler: BaseHTTPRequestHandler, *pieces: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.end_headers()
    for piece in pieces:
        handler.wfile.write(f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n\n".encode())
    handler.wfile.write(b"data: [DONE]\n\n")


def fail(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(500)


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def dribble(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n')
        time.sleep(0.05)


def dribble_one_line(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):  # expected: the client has closed the connection
        for _ in range(60):
            handler.wfile.write(b"data: ")
            time.sleep(0.05)


def flood(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        handler.wfile.write(b"data: " + b"x" * 3_000_000)


def ramble(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"data: this is no JSON\n\n")


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler], None]], FakeServer]]:
    servers: list[FakeServer] = []

    def start(behave: Callable[[BaseHTTPRequestHandler], None]) -> FakeServer:
        servers.append(FakeServer(behave))
        threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], FakeServer]


def test_it_writes_what_the_server_streams(serve: Serve) -> None:
    server = serve(lambda handler: send(handler, "A slow ", "film. "))
    writer = OpenAIHttpGenerator(server.url, "small", "a-key", QUICK)
    assert isinstance(writer, TextGenerator)
    assert writer.write("Describe.", ["title: Heat"], 50) == "A slow film."
    assert list(writer.stream("Describe.", ["title: Heat"], 50)) == ["A slow ", "film. "]
    body = server.asked[0]
    assert body["path"] == "/v1/chat/completions"
    assert body["messages"][0] == {"role": "system", "content": "Describe."}
    assert body["messages"][-1]["content"].startswith("<facts>\ntitle: Heat\n</facts>\n")
    assert (body["max_tokens"], body["model"]) == (50, "small")
    assert server.headers_seen[0] == "Bearer a-key"


def test_an_address_without_a_path_gets_v1() -> None:
    assert OpenAIHttpGenerator("http://127.0.0.1:1234/").url == "http://127.0.0.1:1234/v1"
    assert OpenAIHttpGenerator("http://127.0.0.1:1234/api/v1/").url == "http://127.0.0.1:1234/api/v1"


def test_a_server_that_rejects_a_schema_type_gets_the_other_one_from_then_on(serve: Serve) -> None:
    """llama.cpp's Python server answers 500 to every type but its own."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        kind = server.asked[-1].get("response_format", {}).get("type")
        if kind == "json_schema":
            handler.send_error(500)
        else:
            send(handler, "{}")

    server = serve(behave)
    writer = OpenAIHttpGenerator(server.url, patience=QUICK)
    for _ in range(3):
        assert writer.write("", [], 5, schema={"type": "object"}) == "{}"
    assert [asked["response_format"]["type"] for asked in server.asked] == ["json_schema"] + ["json_object"] * 3
    assert server.asked[-1]["response_format"]["schema"] == {"type": "object"}


def test_a_schema_is_sent_in_both_formats(serve: Serve) -> None:
    server = serve(lambda handler: send(handler, "{}"))
    OpenAIHttpGenerator(server.url, patience=QUICK).write("Fill.", [], 20, {"type": "object"})
    asked = server.asked[0]["response_format"]
    assert asked["type"] == "json_schema"
    assert asked["json_schema"]["schema"] == asked["schema"] == {"type": "object"}


@pytest.mark.parametrize(
    ("behave", "sentence"),
    [
        (hang, "did not answer in time"),
        (dribble, "longer than 0.6 seconds"),
        (dribble_one_line, "longer than 0.6 seconds"),
        (flood, "without an end"),
        (fail, "answered with 500"),
        (ramble, "could not be read"),
    ],
)
def test_a_misbehaving_server_is_reported_in_one_sentence(
    serve: Serve, behave: Callable[[BaseHTTPRequestHandler], None], sentence: str
) -> None:
    writer = OpenAIHttpGenerator(serve(behave).url, patience=QUICK)
    with pytest.raises(UnavailableError, match=sentence):
        writer.write("Describe.", ["title: Heat"], 50)


def test_a_refused_connection_is_reported_in_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        writer = OpenAIHttpGenerator(f"http://127.0.0.1:{free.getsockname()[1]}", patience=QUICK)
        with pytest.raises(UnavailableError, match="nothing answers there"):
            writer.write("Describe.", [], 50)
        assert not writer.is_healthy()


def test_after_two_failures_no_request_is_sent(serve: Serve) -> None:
    server = serve(fail)
    writer = OpenAIHttpGenerator(server.url, patience=QUICK)
    for _ in range(4):
        with pytest.raises(UnavailableError):
            writer.write("Describe.", [], 50)
    assert len(server.asked) == 2
    assert not writer.is_healthy()


def test_requests_resume_after_the_pause(serve: Serve) -> None:
    behaviour: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {"now": fail}
    server = serve(lambda handler: behaviour["now"](handler))
    writer = OpenAIHttpGenerator(server.url, patience=TimeoutPolicy(0.5, 0.6, failures=1, pause_seconds=0.0))
    with pytest.raises(UnavailableError):
        writer.write("Describe.", [], 50)
    behaviour["now"] = lambda handler: send(handler, "Back.")
    assert writer.write("Describe.", [], 50) == "Back."
    assert writer.is_healthy()


def test_single_failures_between_answers_do_not_pause_it(serve: Serve) -> None:
    behaviours: list[Callable[[BaseHTTPRequestHandler], None]] = [
        fail, lambda handler: send(handler, "One."), fail, lambda handler: send(handler, "Two."),
    ]  # fmt: skip
    turns = iter(behaviours)
    server = serve(lambda handler: next(turns)(handler))
    writer = OpenAIHttpGenerator(server.url, patience=QUICK)
    answers = []
    for _ in range(4):
        try:
            answers.append(writer.write("Describe.", [], 50))
        except UnavailableError:
            answers.append("failed")
    assert answers == ["failed", "One.", "failed", "Two."]
