"""Where a socket address leads: to this machine, or beyond it. Names of hosts lead beyond: asking for one tells it."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass

NAME_SERVICE_PORT = 53
RESOLVERS = ("/run/systemd/resolve/", "/run/avahi-daemon/")
NAME_CACHE = "/run/nscd/"  # glibc asks it for hosts and for users alike


@dataclass(frozen=True)
class Address:
    """`host` and `port` of an internet address, `path` of a socket in the file system."""

    family: int
    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def is_name_cache(self) -> bool:
        return self.path.removeprefix("/var").startswith(NAME_CACHE)


def read_address(raw: bytes) -> Address:
    """Of a struct sockaddr."""
    if len(raw) < 2:
        return Address(socket.AF_UNSPEC)
    family = int.from_bytes(raw[:2], "little")
    if family == socket.AF_UNIX:
        return Address(family, path=os.fsdecode(raw[2:].split(b"\0")[0]))
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return Address(family)
    host = ipaddress.ip_address(raw[4:8] if family == socket.AF_INET else raw[8:24])
    return Address(family, str(host), int.from_bytes(raw[2:4], "big"))


def describe_outside(address: Address) -> str:
    """What is wrong with an address, or "" when it is this very machine and no name is asked for."""
    if address.family in {socket.AF_UNSPEC, socket.AF_NETLINK}:  # letting go of a connection; the kernel itself
        return ""
    if address.family == socket.AF_UNIX:
        is_resolver = address.path.removeprefix("/var").startswith(RESOLVERS)
        return f"a name look-up through {address.path}" if is_resolver else ""
    if address.family not in {socket.AF_INET, socket.AF_INET6}:
        return f"an address of the family {address.family}"
    if address.port == NAME_SERVICE_PORT:
        return f"a name look-up at {address.host}"
    host = ipaddress.ip_address(address.host)
    host = getattr(host, "ipv4_mapped", None) or host
    return "" if host.is_loopback or host.is_unspecified else f"{address.host} port {address.port}"
