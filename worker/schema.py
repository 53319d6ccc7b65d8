"""Bringing the tables up to date, for `up` and for every command that reads them. Knows no process."""

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from mediarec.library.errors import UnavailableError


def describe_failure(error: Exception) -> str:
    """What the database said, in one line: its hints and the place in the statement help nobody here."""
    return str(error).strip().partition("\n")[0].rstrip(". ")


def migrate() -> None:
    """Looks first, since nothing new is the usual case. Raises UnavailableError with one sentence."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise UnavailableError(f"The database does not answer: {describe_failure(error)}.") from error
    except ProgrammingError as error:
        sentence = f"The database could not be brought up to date: {describe_failure(error)}."
        raise UnavailableError(sentence) from error
    finally:
        connection.close()
