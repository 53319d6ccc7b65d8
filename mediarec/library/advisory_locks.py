"""Advisory locks that PostgreSQL holds for a session: they end with the block, or with a process that is killed.

Django's connection is the session. django-pglock would bring two apps with models and commands for this one function,
and its release raises on a connection that died, which hides what went wrong in the block.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg
from django.db import connection

# One number of 64 bits, or a class and an object of 32 bits each; PostgreSQL keeps the two kinds apart.
Key: TypeAlias = int | tuple[int, int]

# Every number in use, so that no two uses meet. A tuple's second number is the id of what is held.
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
    """True for the one session that holds the key now, False where another one still does after `wait_seconds`."""
    give_up = time.monotonic() + wait_seconds
    is_ours = _try(key)
    while not is_ours and time.monotonic() < give_up:
        time.sleep(RETRY_SECONDS)
        is_ours = _try(key)
    try:
        yield is_ours
    finally:
        if is_ours:
            _release(key)


def _try(key: Key) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(*_call("pg_try_advisory_lock", key))
        return bool(cursor.fetchone()[0])


def _release(key: Key) -> None:
    """Never raises, so that what went wrong in the block is what is told.

    Through psycopg itself: Django refuses statements in a transaction that has to be rolled back, and would open a new
    connection where the one that held the lock is gone. Where PostgreSQL refuses, the end of the session releases.
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
