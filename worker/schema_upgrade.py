"""Database migrations, for `up` and for every command that reads tables. Knows no process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from mediarec.library.errors import UnavailableError


def describe_failure(error: Exception) -> str:
    """The first line of a database error, without hints and the position in the statement."""
    return str(error).strip().partition("\n")[0].rstrip(". ")


def migrate() -> None:
    """Applies pending migrations; checks first, since usually there are none. Raises UnavailableError with
    one sentence.
    """
    with _one_line_errors():
        if _has_pending_migrations():
            call_command("migrate", interactive=False, verbosity=0)


def check_tables() -> None:
    """For a configured database, which a command does not migrate unasked. Raises
    UnavailableError if it is outdated.
    """
    with _one_line_errors():
        if _has_pending_migrations():
            raise UnavailableError("The tables at DATABASE_URL are not up to date: run `manage.py migrate`.")


def _has_pending_migrations() -> bool:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise UnavailableError(f"The database does not answer: {describe_failure(error)}.") from error
    except ProgrammingError as error:
        sentence = f"The database could not be brought up to date: {describe_failure(error)}."
        raise UnavailableError(sentence) from error
    finally:
        connection.close()
