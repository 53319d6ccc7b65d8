"""Starts programs and notes what they try beyond this machine. Native code and other languages are seen as well.

The kernel's own watch (seccomp.py) comes first: it needs nothing installed, and what is tried fails before it is sent.
Where a kernel has none, strace (tracing.py) notes the same.
"""

from __future__ import annotations

import errno
import os
import select
import struct
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.offline import seccomp
from tests.offline.addresses import Address, describe_outside, read_address
from tests.offline.seccomp import Call, Machine

LONGEST_ADDRESS = 128
MESSAGE, MESSAGE_BYTES, MANY_STEP = struct.Struct("=QI"), 12, 64  # struct msghdr begins so; struct mmsghdr is so long


@dataclass(frozen=True)
class Attempt:
    """What a program tried."""

    program: str
    what: str

    def __str__(self) -> str:
        return f"{self.program}: {self.what}"


class Watch(Protocol):
    """Everything that `start` has started is watched, with all that it starts itself."""

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """As subprocess.Popen; `options` are its own."""

    def list_attempts(self) -> list[Attempt]: ...

    def close(self) -> None:
        """When what was started has ended."""


class KernelWatch:
    """Raises OSError where the kernel refuses."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._attempts: list[Attempt] = []
        self._launcher = ThreadPoolExecutor(1, "launcher")  # its thread carries the filter, and hands it down
        self._listener = self._launcher.submit(seccomp.listen, machine).result()
        self._woken, self._wake = os.pipe()
        self._answering = threading.Thread(target=self._answer_all, name="watch", daemon=True)
        self._answering.start()

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        return self._launcher.submit(lambda: subprocess.Popen(list(command), **options)).result()

    def list_attempts(self) -> list[Attempt]:
        return list(self._attempts)

    def close(self) -> None:
        os.write(self._wake, b".")
        self._answering.join()
        self._launcher.shutdown()
        for opened in (self._listener, self._wake, self._woken):
            os.close(opened)

    def _answer_all(self) -> None:
        waiting = select.poll()
        for opened in (self._listener, self._woken):
            waiting.register(opened, select.POLLIN)
        while True:
            ready = dict(waiting.poll())
            if self._woken in ready:
                return
            if ready.get(self._listener, 0) & select.POLLIN:
                self._answer_next()

    def _answer_next(self) -> None:
        try:
            call = seccomp.receive(self._listener)
        except FileNotFoundError:  # its thread was killed before it was looked at
            return
        try:
            addresses = self._read_addresses(call)
        except (OSError, ValueError, struct.error) as error:  # what cannot be looked at is not let through
            self._refuse(call, f"an address that cannot be read ({error})", errno.EACCES)
            return
        if any(address.is_name_cache for address in addresses):
            seccomp.refuse(self._listener, call, errno.ENOENT)  # hosts are then looked up where it can be seen
        elif outside := next(filter(None, map(describe_outside, addresses)), ""):
            self._refuse(call, outside, errno.ENETUNREACH)
        else:
            seccomp.let_through(self._listener, call)

    def _refuse(self, call: Call, what: str, code: int) -> None:
        self._attempts.append(Attempt(describe_program(call.thread), what))
        seccomp.refuse(self._listener, call, code)

    def _read_addresses(self, call: Call) -> list[Address]:
        arguments = call.arguments
        if call.number == self.machine.connect:
            named = [(arguments[1], arguments[2])]
        elif call.number == self.machine.sendto:
            named = [(arguments[4], arguments[5])]
        else:
            count = (arguments[2] & 0xFFFFFFFF) if call.number == self.machine.sendmmsg else 1
            messages = [arguments[1] + place * MANY_STEP for place in range(count)]
            named = [MESSAGE.unpack(seccomp.read_memory(call.thread, one, MESSAGE_BYTES)) for one in messages]
        return [_read_address(call.thread, place, length) for place, length in named if place]


def _read_address(thread: int, place: int, length: int) -> Address:
    size = min(length & 0xFFFFFFFF, LONGEST_ADDRESS)
    return read_address(seccomp.read_memory(thread, place, size) if size else b"")


def describe_program(thread: int) -> str:
    """Its command line, and the name of the thread, which tells whose library it is."""
    try:
        command = Path(f"/proc/{thread}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        return f"{command[:200]} [{Path(f'/proc/{thread}/comm').read_text().strip()}]"
    except OSError:
        return "a program that has ended"
