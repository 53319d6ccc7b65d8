"""Health checks of addresses. Starts nothing and keeps no state."""

import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from django.conf import settings

USUAL_PORTS = {
    "amqp": 5672,
    "amqps": 5671,
    "http": 80,
    "https": 443,
    "pyamqp": 5672,
    "redis": 6379,
    "rediss": 6379,
    "valkey": 6379,
}


def answers(url: str, timeout_seconds: float = 2.0) -> bool:
    """Whether a GET returns 200; for internal addresses only."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds) as response:  # noqa: S310 - an internal http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def can_connect(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def can_connect_to(url: str) -> bool:
    """Whether the port of a broker or model server is open. A URL without a host or known port counts as open."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or USUAL_PORTS.get(parts.scheme)
    except ValueError:
        return False
    return can_connect(host, port) if host and port else True


def find_address() -> str:
    """The URL at which a person on this machine reaches the pages."""
    host = settings.MEDIAREC_HOST
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.MEDIAREC_PORT}"
