"""The interface of every text generator. Knows no address and no setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class TextGenerator(Protocol):
    """Words facts. `facts` are "key: value" lines, which reach the model as data, never as instructions."""

    name: str

    def write(self, system: str, facts: Sequence[str], max_tokens: int, schema: Mapping[str, Any] | None = None) -> str:
        """The complete answer; `schema` is a JSON schema it must match. Raises UnavailableError with a
        sentence on timeout.
        """

    def stream(self, system: str, facts: Sequence[str], max_tokens: int) -> Iterator[str]:
        """The answer in pieces. Raises UnavailableError, possibly midway."""

    def is_healthy(self) -> bool:
        """Whether a request is likely to be answered now."""
