"""`manage.py setup_link`: a new first-run link, as long as there is no owner."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from worker import setup
from worker.health import find_address


class Command(BaseCommand):
    help = "Prints a new link that creates the owner's account."

    def handle(self, *args: Any, **options: Any) -> None:
        if setup.has_owner():
            raise CommandError("There is an owner already; new people are added on the settings page.")
        self.stdout.write(f"{find_address()}/setup/{setup.create_setup_link()}")
