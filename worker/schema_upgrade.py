"""Bringing the tables up to date, for `up` and for every command that reads them. Knows no process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from mediarec.library.errors import UnavailableError


def describe_failure(error: Exception) -> str:
    """What the database said, in one line: its hints and the place in the statement help nobody here."""
    return str(error).strip().partition("\n")[0].rstrip(". ")


def migrate() -> None:
    """Looks first, since nothing new is the usual case. Raises UnavailableError with one sentence."""
    with _in_one_line():
        if _is_behind():
            call_command("migrate", interactive=False, verbosity=0)


def check_tables() -> None:
    """For a database of the person's own, which a command does not change unasked. Raises UnavailableError."""
    with _in_one_line():
        if _is_behind():
            raise UnavailableError("The tables at DATABASE_URL are not up to date: run `manage.py migrate`.")


def _is_behind() -> bool:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise UnavailableError(f"The database does not answer: {describe_failure(error)}.") from error
    except ProgrammingError as error:
        sentence = f"The database could not be brought up to date: {describe_failure(error)}."
        raise UnavailableError(sentence) from error
    finally:
        connection.close()
