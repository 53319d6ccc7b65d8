"""Locks that PostgreSQL holds for as long as a process lives: a kill releases them. Knows no task."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

ENRICHMENT_KEY = 7_341_001  # any number of our own


@contextmanager
def hold_enrichment() -> Iterator[bool]:
    """Whether this process may describe and embed now; only one at a time may."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ENRICHMENT_KEY])
        row = cursor.fetchone()
    is_ours = bool(row and row[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ENRICHMENT_KEY])
