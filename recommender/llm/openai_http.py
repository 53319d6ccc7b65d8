"""Client for any OpenAI-compatible server: llama.cpp, Ollama, vLLM. Knows no table and no prompt's content."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from mediarec.library.errors import UnavailableError
from recommender.llm import prompts

# Most servers accept `json_schema`; llama.cpp's Python server only accepts the other type, with `schema` beside it.
OPENAI_TYPE, LLAMA_CPP_TYPE = "json_schema", "json_object"
LONGEST_LINE = 1_000_000  # characters of one event


@dataclass(frozen=True)
class TimeoutPolicy:
    """How long a request may take before a template is used, and when to stop asking (a circuit breaker)."""

    connect_seconds: float = 1.0
    total_seconds: float = 20.0
    failures: int = 2  # consecutive; then no requests for `pause_seconds`
    pause_seconds: float = 60.0
    healthy_seconds: float = 30.0  # how long a successful health check is valid


class OpenAIHttpGenerator:
    """Streams every answer, so that a server that hangs or dribbles is noticed within the timeout.

    One that falls silent midway is given up after at most twice the timeout.
    """

    def __init__(
        self, url: str, model: str = "local", api_key: str = "", patience: TimeoutPolicy | None = None
    ) -> None:
        self.url = _complete_address(url)
        self.name = model
        self.patience = patience or TimeoutPolicy()
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        timeout = httpx.Timeout(self.patience.total_seconds, connect=self.patience.connect_seconds)
        # Proxies of the environment are ignored: a local address must never go through one.
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=timeout, trust_env=False)
        self._failures = 0
        self._paused_until = 0.0
        self._healthy_until = 0.0
        self._schema_type = OPENAI_TYPE

    def write(self, system: str, facts: Sequence[str], max_tokens: int, schema: Mapping[str, Any] | None = None) -> str:
        """The complete answer. Raises UnavailableError with a sentence when it does not come in time."""
        return "".join(self._ask(system, facts, max_tokens, schema)).strip()

    def stream(self, system: str, facts: Sequence[str], max_tokens: int) -> Iterator[str]:
        yield from self._ask(system, facts, max_tokens, None)

    def is_healthy(self) -> bool:
        """Sends at most one request per `healthy_seconds`; False without a request while paused after failures."""
        now = time.monotonic()
        if now < self._paused_until:
            return False
        if now < self._healthy_until:
            return True
        try:
            self._client.get("/models", timeout=self.patience.connect_seconds).raise_for_status()
        except httpx.HTTPError:
            self._paused_until = time.monotonic() + self.patience.pause_seconds
            return False
        self._healthy_until = time.monotonic() + self.patience.healthy_seconds
        return True

    def _ask(
        self, system: str, facts: Sequence[str], max_tokens: int, schema: Mapping[str, Any] | None
    ) -> Iterator[str]:
        if time.monotonic() < self._paused_until:
            raise UnavailableError(f"The language model at {self.url} did not answer and is left alone for a while.")
        try:
            yield from self._stream_tokens(self._build_body(system, facts, max_tokens, schema))
        except UnavailableError:
            self._record_failure()
            raise
        except (httpx.HTTPError, ValueError) as error:
            self._record_failure()
            raise UnavailableError(f"The language model at {self.url} failed: {_explain(error)}.") from error
        self._failures = 0

    def _stream_tokens(self, body: Mapping[str, Any]) -> Iterator[str]:
        deadline = time.monotonic() + self.patience.total_seconds
        with self._client.stream("POST", "/chat/completions", json=body) as response:
            if response.status_code != httpx.codes.OK and self._may_need_other_schema_type(body):
                self._schema_type = LLAMA_CPP_TYPE
                retried = {**body, "response_format": {**body["response_format"], "type": LLAMA_CPP_TYPE}}
                yield from self._stream_tokens(retried)
                return
            if response.status_code != httpx.codes.OK:
                raise UnavailableError(f"The language model at {self.url} answered with {response.status_code}.")
            for line in self._read_lines(response, deadline):
                token = _parse_event(line)
                if token is None:
                    return
                if token:
                    yield token

    def _read_lines(self, response: httpx.Response, deadline: float) -> Iterator[str]:
        """Checks the deadline with every chunk rather than every line: a line may never end."""
        buffer = ""
        for text in response.iter_text():
            if time.monotonic() > deadline:
                seconds = f"{self.patience.total_seconds:g}"
                raise UnavailableError(f"The language model at {self.url} took longer than {seconds} seconds.")
            *lines, buffer = (buffer + text).split("\n")
            if len(buffer) > LONGEST_LINE:
                raise ValueError("a line without an end")
            yield from lines
        yield buffer

    def _may_need_other_schema_type(self, body: Mapping[str, Any]) -> bool:
        """Whether the failed request used the schema type that llama.cpp's server does not accept."""
        return bool(body.get("response_format", {}).get("type") == OPENAI_TYPE)

    def _build_body(
        self, system: str, facts: Sequence[str], max_tokens: int, schema: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": prompts.build_messages(system, facts),
            "max_tokens": max_tokens,
            "temperature": 0.2,
            "seed": 7,
            "stream": True,
        }
        if schema is not None:
            json_schema = {"name": "answer", "schema": dict(schema), "strict": True}
            body["response_format"] = {"type": self._schema_type, "json_schema": json_schema, "schema": dict(schema)}
        return body

    def _record_failure(self) -> None:
        self._failures += 1
        if self._failures >= self.patience.failures:
            self._failures = 0
            self._paused_until = time.monotonic() + self.patience.pause_seconds


def _complete_address(url: str) -> str:
    """Adds /v1 where the address has no path."""
    stripped = url.rstrip("/")
    return stripped if urlsplit(stripped).path else f"{stripped}/v1"


def _parse_event(line: str) -> str | None:
    """The text of one server-sent event line: "" for a line without any, None at the end."""
    if not line.startswith("data:"):
        return ""
    payload = line.removeprefix("data:").strip()
    if payload == "[DONE]":
        return None
    event = json.loads(payload)
    if not isinstance(event, dict):
        raise ValueError("an event is not an object")
    if event.get("error"):
        raise ValueError("it reported an error")
    choices = event.get("choices") or [{}]
    return str((choices[0].get("delta") or {}).get("content") or "")


def _explain(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "nothing answers there"
    return f"its answer could not be read ({error})" if isinstance(error, ValueError) else "the connection broke"
