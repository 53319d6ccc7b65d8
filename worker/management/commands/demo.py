"""`manage.py demo`: loads the demo catalogue and its three people, or removes them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mediarec.library import demo
from worker import dispatch
from worker.tasks.enrichment import run_enrichment


class Command(BaseCommand):
    help = "Loads the demo: real works described in our own words, drawn artwork, three people with histories."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="take the demo away again")
        parser.add_argument(
            "--now", action="store_true", help="describe and embed at once instead of in the background"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            demo.remove_demo()
            self.stdout.write("The demo is gone.")
            return
        batch = demo.load_demo()
        if options["now"]:
            run_enrichment()
        else:
            dispatch.enqueue_enrichment()
        self.stdout.write(f"The demo holds {batch.items.count()} works and three people: ana, bo and dana.")
