#!/usr/bin/env python
"""Runs mediarec's commands; starts the embedded database first where a command needs one."""

import os
import sys

from mediarec import env

COMMANDS_WITHOUT_DATABASE = frozenset({"help", "--help", "-h", "--version", "version"})
# Django's own commands read no table of ours, or are there to make them.
COMMANDS_WITH_TABLES = frozenset(
    {"benchmark", "createsuperuser", "demo", "enrich", "import", "recommend", "setup_link", "status", "train"}
)
ENDED_BY_INTERRUPT = 130


def main() -> None:
    env.set_default("DJANGO_SETTINGS_MODULE", "mediarec.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    from mediarec.env import EnvironmentProblem
    from mediarec.library.errors import MediarecError

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        if command not in COMMANDS_WITHOUT_DATABASE:
            prepare(command)
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except OperationalError as error:
        from worker.schema_upgrade import describe_failure

        sys.exit(f"mediarec: The database does not answer: {describe_failure(error)}.")
    except (MediarecError, EnvironmentProblem, ImproperlyConfigured) as error:
        sys.exit(f"mediarec: {error}")
    except BrokenPipeError:  # whoever read the output has seen enough: `manage.py status | head -3`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(ENDED_BY_INTERRUPT)


def prepare(command: str) -> None:
    """The database, the broker of a running `up`, and up-to-date tables: what a fresh machine does not have yet."""
    from worker import embedded_postgres

    home = embedded_postgres.find_home()
    if command != "up":  # which starts a broker of its own, whatever a former one left noted
        embedded_postgres.find_broker(home)
    embedded_postgres.ensure_database(home)
    if command in COMMANDS_WITH_TABLES and not {"--help", "-h"} & set(sys.argv):
        import django

        django.setup()
        from worker import schema_upgrade

        (schema_upgrade.migrate if embedded_postgres.is_embedded() else schema_upgrade.check_tables)()


if __name__ == "__main__":
    main()
