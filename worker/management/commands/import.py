"""`manage.py import PATH --person NAME`: the same import batch as in the browser, committed at
once unless --dry-run.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from mediarec.library import batches
from mediarec.library.errors import MediarecError
from mediarec.library.models import Outcome, Person
from worker import dispatch


class Command(BaseCommand):
    help = "Imports a folder, an export or a table for one person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--person", required=True, help="whose history it is; created when new")
        parser.add_argument("--dry-run", action="store_true", help="read and match, but add nothing")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--movielens-user", default="", help="whose ratings of a MovieLens set")
        parser.add_argument("--profile", default="", help="whose profile of a full Netflix export")
        parser.add_argument("--catalogue", action="store_true", help="also the films of the set that nobody rated")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            summary = self._import(options)
        except MediarecError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(summary.to_json(), indent=2, ensure_ascii=False))
            return
        self._print_summary(summary, is_trial=options["dry_run"])

    def _print_summary(self, summary: batches.BatchSummary, *, is_trial: bool) -> None:
        verb = "would bring" if is_trial else "brought"
        self.stdout.write(
            f"Import {summary.batch} {verb} {summary.items_added} new items, {summary.files_added} files and "
            f"{summary.interactions_added} things done; {summary.unchanged} rows were here already."
        )
        if waiting := summary.outcomes.get(Outcome.REVIEW, 0):
            self.stdout.write(f"{waiting} rows need review: open Import in the browser.")
        for row in summary.rejected:
            self.stdout.write(f"  not understood: {row['reason']}")

    def _import(self, options: dict[str, Any]) -> batches.BatchSummary:
        importer_options = {
            "movielens_user": options["movielens_user"],
            "whole_catalogue": options["catalogue"],
            "profile": options["profile"],
        }
        with transaction.atomic():  # a wrong path must not create a person
            person = self._find_person(options["person"])
            batch = batches.create_batch(
                person,
                options["path"],
                auto_commit=not options["dry_run"],  # if this command is killed, the workers finish the batch
                options=importer_options,
            )
        batches.read_batch(batch.pk, self._show)
        if not options["dry_run"]:
            batches.commit_batch(batch.pk, self._show)
            dispatch.enqueue_enrichment()
        batch.refresh_from_db()
        return batches.summarise_batch(batch)

    def _find_person(self, name: str) -> Person:
        person, is_new = Person.objects.get_or_create(username=name)
        if is_new:
            person.set_unusable_password()
            person.save(update_fields=["password"])
            self.stderr.write(f"{name} is new here; a password can be set on the settings page.")
        return person

    def _show(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} of {total}", ending="")
