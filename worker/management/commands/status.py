"""manage.py status: each process, each model slot and why."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from worker import status
from worker.status import ProcessStatus

HEALTH = {True: ", answers", False: ", does not answer", None: ""}


class Command(BaseCommand):
    help = "Shows what runs and which model fills each slot, with the reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        processes, slots = status.list_processes(), status.list_slots()
        if options["json"]:
            shown = {"processes": [one.to_json() for one in processes], "slots": [asdict(slot) for slot in slots]}
            self.stdout.write(json.dumps(shown, indent=2))
            return
        for one in processes:
            self.stdout.write(f"{one.name:14} {describe(one)}")
        self.stdout.write("")
        for slot in slots:
            self.stdout.write(f"{slot.slot:14} {slot.backend} {slot.version}".rstrip() + f" ({slot.state})")
            self.stdout.write(f"{'':14} {slot.reason}")


def describe(one: ProcessStatus) -> str:
    facts = f", pid {one.pid}, {one.memory_mb} MB, up {one.up_seconds} s" if one.pid else ""
    return f"{one.where}{facts}{HEALTH[one.is_healthy]}{f' ({one.note})' if one.note else ''}"
