#!/usr/bin/env python
"""Runs mediarec's commands; starts the embedded database first where a command needs one."""

import os
import sys

COMMANDS_WITHOUT_DATABASE = frozenset({"help", "--help", "-h", "--version", "version", "up", "status", "makemessages"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediarec.settings")
    from mediarec.library.errors import MediarecError
    from worker import embedded

    try:
        if len(sys.argv) > 1 and sys.argv[1] not in COMMANDS_WITHOUT_DATABASE:
            embedded.ensure_database(embedded.find_home())
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except MediarecError as error:
        sys.exit(f"mediarec: {error}")


if __name__ == "__main__":
    main()
