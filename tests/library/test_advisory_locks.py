"""Locks of PostgreSQL: one session at a time, let go of however the block ends."""

from __future__ import annotations

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
def test_one_session_holds_a_key_for_as_long_as_the_block(key: Key, other_session: psycopg.Connection) -> None:
    with try_advisory_lock(key) as is_ours:
        assert is_ours
        assert not is_free(other_session, key)
        assert is_free(other_session, 7_999_002)
        assert is_free(other_session, (7999, 2))
    assert is_free(other_session, key)


def test_what_another_session_holds_is_not_taken_and_not_let_go_of(other_session: psycopg.Connection) -> None:
    other_session.execute("SELECT pg_advisory_lock(7999001)")
    with try_advisory_lock(7_999_001) as is_ours:
        assert not is_ours
    with try_advisory_lock(7_999_001) as is_ours:
        assert not is_ours


def test_it_is_taken_once_the_other_session_lets_go(
    other_session: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_session.execute("SELECT pg_advisory_lock(7999001)")
    monkeypatch.setattr("time.sleep", lambda seconds: other_session.execute("SELECT pg_advisory_unlock_all()"))
    with try_advisory_lock(7_999_001, wait_seconds=60) as is_ours:
        assert is_ours


def test_an_error_in_the_block_lets_go_and_goes_on_up(other_session: psycopg.Connection) -> None:
    with pytest.raises(ValueError, match="broken"), try_advisory_lock(7_999_001):
        raise ValueError("broken")
    assert is_free(other_session, 7_999_001)


def test_a_transaction_that_failed_does_not_keep_it(other_session: psycopg.Connection) -> None:
    Person.objects.create_user("ana")
    with pytest.raises(IntegrityError), transaction.atomic(), try_advisory_lock(7_999_001):
        Person.objects.create_user("ana")
    assert is_free(other_session, 7_999_001)
    assert Person.objects.count() == 1


def test_a_transaction_that_django_will_roll_back_does_not_keep_it(other_session: psycopg.Connection) -> None:
    with transaction.atomic(), try_advisory_lock(7_999_001):
        transaction.set_rollback(True)
    assert is_free(other_session, 7_999_001)


def test_the_death_of_the_connection_lets_go_and_hides_nothing(other_session: psycopg.Connection) -> None:
    with pytest.raises(OperationalError), try_advisory_lock(7_999_001), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        other_session.execute("SELECT pg_terminate_backend(%s, 10000)", [cursor.fetchone()[0]])
        cursor.execute("SELECT 1")
    assert is_free(other_session, 7_999_001)
    assert Person.objects.count() == 0  # a new connection serves what comes after


def test_a_connection_that_was_closed_meanwhile_is_not_missed(other_session: psycopg.Connection) -> None:
    with try_advisory_lock(7_999_001):
        connection.close()
    assert is_free(other_session, 7_999_001)
