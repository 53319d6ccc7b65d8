"""PostgreSQL advisory locks, held per session: released at the end of the block, or when the process dies.

The session is Django's connection. django-pglock would add two apps with models and commands for this one function, and
its release raises on a dead connection, which hides the error of the block.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg
from django.db import connection

# One 64-bit key, or two 32-bit keys (class, object); PostgreSQL keeps the two key spaces apart.
Key: TypeAlias = int | tuple[int, int]

# All keys in use, in one place to avoid collisions. The second number of a tuple is the ID of the locked object.
IMPORT_BATCHES = 4117
LIBRARIES = 4118
CATALOGUE_IMPORT = (4118, 0)  # no library has the id 0
ENRICHMENT = 7_341_001
FINE_TUNING = 7_341_002
OWNER = 7_341_003

RETRY_SECONDS = 0.5
_PLACEHOLDERS = {1: "(%s)", 2: "(%s, %s)"}


@contextmanager
def try_advisory_lock(key: Key, wait_seconds: float = 0.0) -> Iterator[bool]:
    """Yields True if the lock was acquired, False if another session still holds it after `wait_seconds`."""
    deadline = time.monotonic() + wait_seconds
    is_acquired = _try(key)
    while not is_acquired and time.monotonic() < deadline:
        time.sleep(RETRY_SECONDS)
        is_acquired = _try(key)
    try:
        yield is_acquired
    finally:
        if is_acquired:
            _release(key)


def _try(key: Key) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(*_call("pg_try_advisory_lock", key))
        return bool(cursor.fetchone()[0])


def _release(key: Key) -> None:
    """Never raises, so that an error of the block is not replaced.

    Uses psycopg directly: Django refuses statements in a transaction that must be rolled back, and would open a new
    connection if the one that held the lock is gone. If PostgreSQL refuses, closing the session releases the lock.
    """
    session = connection.connection
    if session is None:
        return
    try:
        with session.cursor() as cursor:
            cursor.execute(*_call("pg_advisory_unlock", key))
    except psycopg.Error:
        connection.close()


def _call(function: str, key: Key) -> tuple[str, tuple[int, ...]]:
    numbers = key if isinstance(key, tuple) else (key,)
    return f"SELECT {function}{_PLACEHOLDERS[len(numbers)]}", numbers


def wait_for_transaction_lock(key: int) -> None:
    """Waits for the lock and holds it until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
