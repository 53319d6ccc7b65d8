"""`manage.py up`: runs the whole installation until Ctrl-C."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from worker.supervisor import Supervisor


class Command(BaseCommand):
    help = "Starts the pages, the workers and the embedded database, broker and language model."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-browser", action="store_true", help="do not open the browser")

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        wants_browser = settings.MEDIAREC_OPEN_BROWSER and not options["no_browser"]
        Supervisor(settings.MEDIAREC_HOME, say, wants_browser).up()
