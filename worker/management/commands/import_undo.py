"""`manage.py import_undo BATCH`: undoes an import, and prints the row counts before and after."""

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
        parser.add_argument("batch", type=int, help="its number, as printed by `manage.py import`")
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
            raise CommandError("Another process is working on this import; try again.")
        dispatch.enqueue_enrichment()
        report = {
            "batch": batch.pk,
            "state": batch.state,
            "already_undone": was_undone,
            "before": before,
            "after": _count(batch.person),
        }
        self.stdout.write(json.dumps(report, indent=2) if options["json"] else _word_report(report))


def _count(person: Person) -> dict[str, int]:
    return {
        "items": Item.objects.count(),
        "files": MediaFile.objects.count(),
        "interactions": Interaction.objects.count(),
        "interactions_of_person": Interaction.objects.filter(person=person, withdrawn_at__isnull=True).count(),
    }


def _word_report(report: dict[str, Any]) -> str:
    if report["already_undone"]:
        return f"Import {report['batch']} was taken back already."
    lines = [f"  {name}: {count} before, {report['after'][name]} now" for name, count in report["before"].items()]
    return "\n".join([f"Import {report['batch']} is taken back.", *lines])
