"""Locks of PostgreSQL: one session at a time, let go of however the block ends."""

from __future__ import annotations

import time

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from mediarec.library.advisory_locks import Key, try_advisory_lock
from mediarec.library.models import Person

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = [7_999_001, (7999, 1)]


def is_free(other_session: psycopg.Connection, key: Key) -> bool:
    """Whether another session gets it; it lets go of it again."""
    numbers = key if isinstance(key, tuple) else (key,)
    places = ", ".join(["%s::int" if isinstance(key, tuple) else "%s::bigint"] * len(numbers))
    row = other_session.execute(f"SELECT pg_try_advisory_lock({places})", numbers).fetchone()
    assert row is not None
    if row[0]:
        other_session.execute(f"SELECT pg_advisory_unlock({places})", numbers)
    return bool(row[0])


@pytest.mark.parametrize("key", KEYS)
def test_one_session_holds_a_lock_for_the_block(key: Key, other_session: psycopg.Connection) -> None:
    with try_advisory_lock(key) as is_ours:
        assert is_ours
        assert not is_free(other_session, key)
        assert is_free(other_session, 7_999_002)
        assert is_free(other_session, (7999, 2))
    assert is_free(other_session, key)


def test_a_lock_of_another_session_is_neither_acquired_nor_released(other_session: psycopg.Connection) -> None:
    other_session.execute("SELECT pg_advisory_lock(7999001)")
    with try_advisory_lock(7_999_001) as is_ours:
        assert not is_ours
    with try_advisory_lock(7_999_001) as is_ours:
        assert not is_ours


def test_it_is_acquired_once_the_other_session_releases_it(
    other_session: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_session.execute("SELECT pg_advisory_lock(7999001)")
    monkeypatch.setattr("time.sleep", lambda seconds: other_session.execute("SELECT pg_advisory_unlock_all()"))
    with try_advisory_lock(7_999_001, wait_seconds=60) as is_ours:
        assert is_ours


def test_an_error_in_the_block_releases_the_lock_and_propagates(other_session: psycopg.Connection) -> None:
    with pytest.raises(ValueError, match="broken"), try_advisory_lock(7_999_001):
        raise ValueError("broken")
    assert is_free(other_session, 7_999_001)


def test_a_failed_transaction_releases_it(other_session: psycopg.Connection) -> None:
    Person.objects.create_user("ana")
    with pytest.raises(IntegrityError), transaction.atomic(), try_advisory_lock(7_999_001):
        Person.objects.create_user("ana")
    assert is_free(other_session, 7_999_001)
    assert Person.objects.count() == 1


def test_a_transaction_marked_for_rollback_releases_it(other_session: psycopg.Connection) -> None:
    with transaction.atomic(), try_advisory_lock(7_999_001):
        transaction.set_rollback(True)
    assert is_free(other_session, 7_999_001)


def test_a_dead_connection_releases_it_and_hides_no_error(other_session: psycopg.Connection) -> None:
    with pytest.raises(OperationalError), try_advisory_lock(7_999_001), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        other_session.execute("SELECT pg_terminate_backend(%s, 10000)", [cursor.fetchone()[0]])
        cursor.execute("SELECT 1")
    assert is_free(other_session, 7_999_001)
    assert Person.objects.count() == 0  # a new connection serves what comes after


def test_a_connection_closed_meanwhile_is_tolerated(other_session: psycopg.Connection) -> None:
    with try_advisory_lock(7_999_001):
        connection.close()
    deadline = time.monotonic() + 10  # the server ends the session a moment after its socket closes
    while not is_free(other_session, 7_999_001):
        assert time.monotonic() < deadline
        time.sleep(0.05)
