"""manage.py import_undo BATCH: takes an import back, and says what was there before and after."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediarec.library import batches
from mediarec.library.errors import MediarecError
from mediarec.library.models import BatchState, ImportBatch, Interaction, Item, MediaFile, Person
from worker import dispatch


class Command(BaseCommand):
    help = "Takes back everything that an import brought."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, help="its number, as `manage.py import` tells it")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = ImportBatch.objects.filter(pk=options["batch"]).first()
        if batch is None:
            raise CommandError(f"There is no import number {options['batch']}.")
        was_undone = batch.state == BatchState.UNDONE
        before = _count(batch.person)
        try:
            batches.undo_batch(batch.pk)
        except MediarecError as error:
            raise CommandError(str(error)) from error
        batch.refresh_from_db()
        if batch.state != BatchState.UNDONE:
            raise CommandError("Somebody else works on this import at the moment; try again.")
        dispatch.enqueue_enrichment()
        told = {
            "batch": batch.pk,
            "state": batch.state,
            "already_undone": was_undone,
            "before": before,
            "after": _count(batch.person),
        }
        self.stdout.write(json.dumps(told, indent=2) if options["json"] else _tell(told))


def _count(person: Person) -> dict[str, int]:
    return {
        "items": Item.objects.count(),
        "files": MediaFile.objects.count(),
        "interactions": Interaction.objects.count(),
        "interactions_of_person": Interaction.objects.filter(person=person, withdrawn_at__isnull=True).count(),
    }


def _tell(told: dict[str, Any]) -> str:
    if told["already_undone"]:
        return f"Import {told['batch']} was taken back already."
    lines = [f"  {name}: {count} before, {told['after'][name]} now" for name, count in told["before"].items()]
    return "\n".join([f"Import {told['batch']} is taken back.", *lines])
