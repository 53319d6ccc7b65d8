"""`manage.py export_person NAME --out FILE.zip`: a person archive, to take away or to import again."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library import person_archive
from mediarec.library.atomic_files import write_atomically
from mediarec.library.models import Person


class Command(BaseCommand):
    help = "Writes all of one person's data into a zip, as JSONL and CSV; manage.py import reads it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(username=options["person"]).first()
        if person is None:
            raise CommandError(f"Nobody here is called {options['person']}.")
        out: Path = options["out"]
        try:
            with write_atomically(out) as file:
                counts = person_archive.write_archive(person, file)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(out), "rows": counts}, indent=2))
            return
        contents = ", ".join(f"{count} {name}" for name, count in counts.items())
        self.stdout.write(f"{out} holds {contents}.")
