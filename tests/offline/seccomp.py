"""The kernel's own watch over system calls (seccomp user notification), by ctypes: needs no package and no privilege.

A thread that puts the filter on itself hands it down to every program it starts, in whatever language, and to all
their processes and threads; none can take it off. Calls that could reach another machine wait until the holder of the
listener has said what becomes of them.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import struct
from dataclasses import dataclass
from pathlib import Path

SET_NO_NEW_PRIVILEGES, SET_MODE_FILTER, NEW_LISTENER, CONTINUE = 38, 1, 1 << 3, 1
RECEIVE, ANSWER = 0xC0502100, 0xC0182101  # ioctls of linux/seccomp.h
NOTIFICATION, NOTIFICATION_BYTES = struct.Struct("=QII iI Q 6Q"), 80
RESPONSE = struct.Struct("=Qq iI")
RETURNS = {"allow": 0x7FFF0000, "notify": 0x7FC00000, "refuse": 0x00050000 | errno.ENOSYS}
LOAD, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of the classic BPF machine
NUMBER, ARCHITECTURE, ADDRESS_LOW, ADDRESS_HIGH = 0, 4, 48, 52  # offsets in struct seccomp_data
X32_CALLS = 0x40000000
Line = tuple[int, str, str, int]


@dataclass(frozen=True)
class Machine:
    """Numbers of one processor's system calls."""

    architecture: int
    seccomp: int
    connect: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    io_uring_setup: int = 425


MACHINES = {
    "x86_64": Machine(0xC000003E, 317, 42, 44, 46, 307),
    "aarch64": Machine(0xC00000B7, 277, 203, 206, 211, 269),
}
_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_void_p)]


@dataclass(frozen=True)
class Call:
    """One that waits for an answer. `thread` made it."""

    key: int
    thread: int
    number: int
    arguments: tuple[int, ...]


def find_machine() -> Machine | None:
    return MACHINES.get(platform.machine()) if platform.system() == "Linux" else None


def listen(machine: Machine) -> int:
    """Puts the filter on the calling thread, for good; returns the listener. Raises OSError where that is refused."""
    _libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    lines = build_filter(machine)
    program = _Program(len(lines) // 8, ctypes.cast(ctypes.c_char_p(lines), ctypes.c_void_p))
    listener = int(_libc.syscall(machine.seccomp, SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(program)))
    if listener < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return listener


def build_filter(machine: Machine) -> bytes:
    """Sending without an address passes, since it goes where `connect` was asked about: that is nearly all traffic.

    Other ways into the kernel (calls of a second architecture, io_uring) are closed rather than watched.
    """
    lines: list[Line] = [
        (LOAD, "", "", ARCHITECTURE),
        (IF_EQUAL, "", "refuse", machine.architecture),
        (LOAD, "", "", NUMBER),
        (IF_AT_LEAST, "refuse", "", X32_CALLS),
        (IF_EQUAL, "refuse", "", machine.io_uring_setup),
        (IF_EQUAL, "notify", "", machine.connect),
        (IF_EQUAL, "notify", "", machine.sendmsg),
        (IF_EQUAL, "notify", "", machine.sendmmsg),
        (IF_EQUAL, "", "allow", machine.sendto),
        (LOAD, "", "", ADDRESS_LOW),
        (IF_EQUAL, "", "notify", 0),
        (LOAD, "", "", ADDRESS_HIGH),
        (IF_EQUAL, "allow", "notify", 0),
    ]
    ends = {name: len(lines) + place for place, name in enumerate(RETURNS)}
    jumps = [
        struct.pack("=HBBI", code, *(ends[name] - place - 1 if name else 0 for name in (then, otherwise)), value)
        for place, (code, then, otherwise, value) in enumerate(lines)
    ]
    return b"".join([*jumps, *(struct.pack("=HBBI", RETURN, 0, 0, value) for value in RETURNS.values())])


def receive(listener: int) -> Call:
    """Waits for the next call. Raises OSError for one whose thread has ended meanwhile."""
    buffer = bytearray(NOTIFICATION_BYTES)
    fcntl.ioctl(listener, RECEIVE, buffer)
    key, thread, _, number, _, _, *arguments = NOTIFICATION.unpack(buffer)
    return Call(key, thread, number, tuple(arguments))


def let_through(listener: int, call: Call) -> None:
    _answer(listener, RESPONSE.pack(call.key, 0, 0, CONTINUE))


def refuse(listener: int, call: Call, code: int) -> None:
    """The call fails with that error number, and nothing is sent."""
    _answer(listener, RESPONSE.pack(call.key, 0, -code, 0))


def _answer(listener: int, response: bytes) -> None:
    try:
        fcntl.ioctl(listener, ANSWER, bytearray(response))
    except FileNotFoundError:  # its thread was killed while it waited
        return


def read_memory(thread: int, address: int, size: int) -> bytes:
    """Of another process. Raises OSError where the kernel does not allow it.

    PostgreSQL runs as a user of its own where everything else runs as root, who may look into its memory in most
    containers only as that user.
    """
    path = Path(f"/proc/{thread}/mem")
    owner = path.stat()
    as_owner = os.geteuid() == 0 and owner.st_uid != 0
    if as_owner:
        _libc.setfsgid(owner.st_gid)
        _libc.setfsuid(owner.st_uid)  # of this thread alone
    try:
        memory = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    finally:
        if as_owner:
            _libc.setfsuid(0)
            _libc.setfsgid(0)
    try:
        return os.pread(memory, size, address)
    finally:
        os.close(memory)
