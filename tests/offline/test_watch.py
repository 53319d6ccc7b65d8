"""The watch itself: it must see whoever tries to leave this machine, in whatever way, and nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.offline.addresses import Address, describe_outside, read_address
from tests.offline.conftest import open_best_watch
from tests.offline.installation import PATIENCE_SECONDS, wait_for
from tests.offline.seccomp import MACHINES, build_filter
from tests.offline.watch import Attempt, Watch

pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).resolve().parents[2]
RANKER = ROOT / "recommender" / "sequence" / "weights" / "person.onnx"

# An address that is kept for documents, so that nobody is asked even where only strace watches.
HOST, PLACE = "host.invalid", ("192.0.2.1", 443)
NATIVE = (
    "import ctypes, threading\n"
    "resolver = ctypes.CDLL('libresolv.so.2')\n"
    f"ask = lambda: resolver.res_query({HOST.encode()!r}, 1, 1, ctypes.create_string_buffer(512), 512)\n"
    "thread = threading.Thread(target=ask); thread.start(); thread.join()"
)
MANY = (
    "import ctypes, socket, struct\n"
    "libc = ctypes.CDLL(None); sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "to = ctypes.create_string_buffer(struct.pack('=H', 2) + struct.pack('!H4s8x', 443, bytes([192, 0, 2, 1])), 16)\n"
    "head = struct.pack('=QI4xQQQQI4xI4x', ctypes.addressof(to), 16, 0, 0, 0, 0, 0, 0)\n"
    "libc.sendmmsg(sock.fileno(), ctypes.create_string_buffer(head, 64), 1, 0)"
)
DAEMON = (
    "import os, socket, sys\n"
    "if os.fork(): sys.exit()\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    f"socket.socket().connect_ex({PLACE})\n"
)
NAMES = {
    "getaddrinfo": f"import socket; socket.getaddrinfo({HOST!r}, 80)",
    "gethostbyname": f"import socket; socket.gethostbyname({HOST!r})",
    "gethostbyaddr": f"import socket; socket.gethostbyaddr({PLACE[0]!r})",
    "native code in a thread": NATIVE,
    "another program": f"import os; os.system('getent ahosts {HOST}')",
    "a resolver on this machine": "import socket; socket.socket(2, 2).connect(('127.0.0.53', 53))",
}
PLACES = {
    "connect": f"import socket; socket.socket().connect({PLACE})",
    "connect without blocking": f"import socket; s = socket.socket(); s.setblocking(False); s.connect_ex({PLACE})",
    "connect by IPv6": "import socket; socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
    "an address in the other's clothes": (
        "import socket; socket.socket(socket.AF_INET6).connect_ex(('::ffff:192.0.2.1', 443))"
    ),
    "sendto": f"import socket; socket.socket(2, 2).sendto(b'x', {PLACE})",
    "sendmsg": f"import socket; socket.socket(2, 2).sendmsg([b'x'], [], 0, {PLACE})",
    "sendmmsg": MANY,
    "a daemon": DAEMON,
    "a child of a child": f"import subprocess, sys; subprocess.run([sys.executable, '-c', {DAEMON!r}])",
}
STAYING = (
    "import socket, threading\n"
    "server = socket.create_server(('127.0.0.1', 0))\n"
    "client = socket.create_connection(('localhost', server.getsockname()[1]))\n"
    "client.sendall(b'x')\n"
    "socket.socket(2, 2).sendto(b'x', ('127.0.0.1', 9))\n"
    "left, right = socket.socketpair(); left.sendmsg([b'x'])\n"
    "socket.gethostbyname('localhost')\n"
    "print('done')"
)


def run(watch: Watch, code: str) -> list[Attempt]:
    """What it tried; the watch by strace knows a moment after its end."""
    before = len(watch.list_attempts())
    environment = {**os.environ, "RES_OPTIONS": "timeout:1 attempts:1"}  # where nothing is refused, nobody answers
    patient = f"import socket; socket.setdefaulttimeout(0.3)\n{code}"
    with watch.start([sys.executable, "-c", patient], env=environment, stderr=subprocess.DEVNULL) as process:
        process.wait(PATIENCE_SECONDS)
    deadline = time.monotonic() + 10
    while len(watch.list_attempts()) == before and time.monotonic() < deadline:
        time.sleep(0.05)
    return watch.list_attempts()[before:]


@pytest.mark.parametrize("way", NAMES)
def test_a_name_that_is_looked_up_is_seen(each_watch: Watch, way: str) -> None:
    attempts = run(each_watch, NAMES[way])
    assert attempts
    assert all("a name look-up" in attempt.what for attempt in attempts)


@pytest.mark.parametrize("way", PLACES)
def test_an_address_beyond_this_machine_is_seen(each_watch: Watch, way: str) -> None:
    attempts = run(each_watch, PLACES[way])
    assert attempts
    assert all(attempt.what.endswith(" port 443") for attempt in attempts)


def test_what_stays_on_this_machine_works_and_is_no_attempt(each_watch: Watch) -> None:
    with each_watch.start([sys.executable, "-c", STAYING], stdout=subprocess.PIPE, text=True) as process:
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert output.strip() == "done"
    assert each_watch.list_attempts() == []


@pytest.mark.watched
def test_an_attempt_names_the_program(watch: Watch) -> None:
    [attempt, *_] = run(watch, PLACES["connect"])
    assert "192.0.2.1 port 443" in str(attempt)
    assert attempt.program.startswith((sys.executable, "process "))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (Address(2, "127.0.0.1", 8333), ""),
        (Address(2, "127.8.8.8", 8333), ""),
        (Address(10, "::1", 8333), ""),
        (Address(10, "::ffff:127.0.0.1", 8333), ""),
        (Address(1, path="/home/postgres/.s.PGSQL.5432"), ""),
        (Address(16), ""),
        (Address(2, "10.0.0.1", 8333), "10.0.0.1 port 8333"),
        (Address(2, "169.254.169.254", 80), "169.254.169.254 port 80"),
        (Address(10, "fe80::1", 80), "fe80::1 port 80"),
        (Address(10, "::ffff:10.0.0.1", 80), "::ffff:10.0.0.1 port 80"),
        (Address(2, "127.0.0.53", 53), "a name look-up at 127.0.0.53"),
        (Address(1, path="/run/systemd/resolve/io.systemd.Resolve"), "a name look-up through /run/systemd/"),
        (Address(1, path="/var/run/avahi-daemon/socket"), "a name look-up through /var/run/avahi-daemon/"),
        (Address(17), "an address of the family 17"),
    ],
)
def test_only_this_machine_counts_as_inside(address: Address, said: str) -> None:
    assert describe_outside(address).startswith(said)
    assert bool(describe_outside(address)) == bool(said)


def test_an_address_is_read_as_the_kernel_lays_it_out() -> None:
    assert read_address(b"\x02\x00\x00\x35\x7f\x00\x00\x01" + bytes(8)) == Address(2, "127.0.0.1", 53)
    assert read_address(b"\x0a\x00\x01\xbb" + bytes(4) + bytes(15) + b"\x01" + bytes(4)) == Address(10, "::1", 443)
    assert read_address(b"\x01\x00/run/x\0rest") == Address(1, path="/run/x")
    assert read_address(b"\x01\x00\0abstract") == Address(1)
    assert read_address(b"") == Address(0)


@pytest.mark.parametrize("name", MACHINES)
def test_the_filter_says_of_each_call_what_becomes_of_it(name: str) -> None:
    machine = MACHINES[name]
    watched = (machine.connect, machine.sendmsg, machine.sendmmsg)
    for call in watched:
        assert follow(build_filter(machine), machine.architecture, call) == "notify"
    for low, high, said in ((0, 0, "allow"), (8, 0, "notify"), (0, 8, "notify")):
        assert follow(build_filter(machine), machine.architecture, machine.sendto, low, high) == said
    assert follow(build_filter(machine), machine.architecture, 1) == "allow"
    assert follow(build_filter(machine), machine.architecture, machine.io_uring_setup) == "refuse"
    assert follow(build_filter(machine), machine.architecture, machine.connect + 0x40000000) == "refuse"
    assert follow(build_filter(machine), 0x40000003, 102) == "refuse"


def follow(lines: bytes, architecture: int, call: int, low: int = 0, high: int = 0) -> str:
    """Runs the filter as the kernel does."""
    import struct

    from tests.offline.seccomp import IF_EQUAL, LOAD, RETURN, RETURNS

    memory, held, place = {0: call, 4: architecture, 48: low, 52: high}, 0, 0
    while True:
        code, then, otherwise, value = struct.unpack_from("=HBBI", lines, place * 8)
        place += 1
        if code == RETURN:
            return next(name for name, found in RETURNS.items() if found == value)
        if code == LOAD:
            held = memory[value]
        else:
            place += then if (held == value if code == IF_EQUAL else held >= value) else otherwise


@dataclass
class Reporting:
    """ONNX Runtime as it comes, in a process of its own, with a person's folder of its own."""

    watch: Watch
    folder: Path


@pytest.fixture(scope="module", autouse=True)
def reporting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    """Begins with the first test, since it takes its time."""
    folder = tmp_path_factory.mktemp("person")
    code = f"import onnxruntime, time; onnxruntime.InferenceSession({str(RANKER)!r}); time.sleep({PATIENCE_SECONDS})"
    watch = open_best_watch(tmp_path_factory.mktemp("notes"))
    with watch.start([sys.executable, "-c", code], env={"HOME": str(folder), "PATH": os.defpath}) as process:
        yield Reporting(watch, folder)
        process.kill()
    watch.close()


@pytest.mark.watched
def test_the_reporting_that_is_switched_off_would_be_seen(reporting: Reporting) -> None:
    """Native threads that wake seconds after the model was loaded: what this watch is for."""
    [attempt, *_] = wait_for(reporting.watch.list_attempts, "ONNX Runtime looks its maker up")
    assert "a name look-up" in attempt.what
    assert list(reporting.folder.rglob("onnxruntime.db"))
