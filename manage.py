#!/usr/bin/env python
"""Runs mediarec's commands; starts the embedded database first where a command needs one."""

import os
import sys

COMMANDS_WITHOUT_DATABASE = frozenset({"help", "--help", "-h", "--version", "version"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediarec.settings")
    from mediarec.env import EnvironmentProblem
    from mediarec.library.errors import MediarecError
    from worker import embedded

    try:
        if len(sys.argv) > 1 and sys.argv[1] not in COMMANDS_WITHOUT_DATABASE:
            home = embedded.find_home()
            embedded.find_broker(home)
            embedded.ensure_database(home)
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except (MediarecError, EnvironmentProblem) as error:
        sys.exit(f"mediarec: {error}")


if __name__ == "__main__":
    main()
