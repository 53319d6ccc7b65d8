"""`manage.py status`: each process, and each model slot with the reason for its state."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from recommender import enrichment
from worker import status
from worker.status import ProcessStatus

HEALTH = {True: ", answers", False: ", does not answer", None: ""}


class Command(BaseCommand):
    help = "Shows what runs and which model fills each slot, with the reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        processes, slots, unloaded = status.list_processes(), status.list_slots(), enrichment.find_load_failures()
        if options["json"]:
            shown = {
                "processes": [process.to_json() for process in processes],
                "slots": [asdict(slot) for slot in slots],
                "not_loaded": [asdict(part) for part in unloaded],
            }
            self.stdout.write(json.dumps(shown, indent=2))
            return
        for process in processes:
            self.stdout.write(f"{process.name:14} {describe(process)}")
        self.stdout.write("")
        for slot in slots:
            self.stdout.write(f"{slot.slot:14} {slot.backend} {slot.version}".rstrip() + f" ({slot.state})")
            self.stdout.write(f"{'':14} {slot.reason}")
        if unloaded:
            self.stdout.write("")
        for part in unloaded:
            self.stdout.write(f"{'not loaded':14} {part.reason}")


def describe(process: ProcessStatus) -> str:
    facts = f", pid {process.pid}, {process.memory_mb} MB, up {process.up_seconds} s" if process.pid else ""
    return f"{process.where}{facts}{HEALTH[process.is_healthy]}{f' ({process.note})' if process.note else ''}"
