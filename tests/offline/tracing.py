"""The watch by strace, for kernels that cannot notify (Linux before 5.5, gVisor): notes all, and refuses nothing."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from tests.offline.addresses import Address, describe_outside
from tests.offline.watch import Attempt

CALLS = "trace=connect,sendto,sendmsg,sendmmsg"
SOCKET = re.compile(
    r'sa_family=(?P<family>AF_\w+)(?:, sun_path=@?"(?P<path>[^"]*)")?(?:, sin6?_port=htons\((?P<port>\d+)\))?'
    r'(?:[^}]*?inet_(?:addr\(|pton\(AF_INET6, )"(?P<host>[^"]+)")?'
)
UNKNOWN_FAMILY = -1


class TracingWatch:
    """`folder` takes the notes. Programs keep their number and their parent: the tracer runs beside them."""

    def __init__(self, strace: str, folder: Path) -> None:
        self._strace, self._folder, self._numbers = strace, folder, count()
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        notes = str(self._folder / f"{next(self._numbers)}.trace")
        tracing = [self._strace, "-D", "-f", "-qq", "-e", CALLS, "-e", "signal=none", "-o", notes]
        return subprocess.Popen([*tracing, *command], **options)

    def list_attempts(self) -> list[Attempt]:
        notes = sorted(self._folder.glob("*.trace"))
        return [attempt for note in notes for attempt in read_notes(note.read_text(errors="replace"))]

    def close(self) -> None:
        """The tracers end with what they trace."""


def read_notes(text: str) -> Iterator[Attempt]:
    for line in text.splitlines():
        for address in _find_addresses(line):
            if outside := describe_outside(address) or _describe_cache(address, line):
                yield Attempt(f"process {line.split(maxsplit=1)[0]}", outside)


def _find_addresses(line: str) -> Iterator[Address]:
    for found in SOCKET.finditer(line):
        family = getattr(socket, found["family"], UNKNOWN_FAMILY)
        yield Address(family, found["host"] or "", int(found["port"] or 0), found["path"] or "")


def _describe_cache(address: Address, line: str) -> str:
    """One that answers hides from this watch what it was asked."""
    return "a cache of names that answers" if address.is_name_cache and line.rstrip().endswith("= 0") else ""
