"""`manage.py orphans [--delete] [--json]`: what belongs to nothing. A dry run unless told otherwise."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library import audit
from mediarec.library import orphans as library_orphans
from mediarec.library.errors import MediarecError
from recommender import orphans as machine_orphans

SHOWN = 10


class Command(BaseCommand):
    help = "Lists pictures, uploads, vectors, weights and rows that belong to nothing; deletes them when told to."

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = library_orphans.Cap()
        parser.add_argument("--delete", action="store_true", help="without it nothing is changed")
        parser.add_argument("--only", default="", help="comma-separated parts: artwork, uploads, files, people, ...")
        parser.add_argument("--at-most", type=int, default=usual.most, help="of one part, however small a share")
        parser.add_argument("--at-most-percent", type=float, default=usual.percent, help="of one part, however many")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = self._choose(options["only"])
        deleted: dict[str, int] = {}
        if options["delete"]:
            cap = library_orphans.Cap(options["at_most"], options["at_most_percent"])
            try:
                deleted = library_orphans.delete_orphans(found, cap)
            except MediarecError as error:
                raise CommandError(str(error)) from error
            names = {part.part: part.names[: library_orphans.SHOWN] for part in found}
            audit.record_event(None, "deleted orphans", "orphans", ("", "orphans"), before=names, after=deleted)
        if options["json"]:
            told = [{**part.to_json(), "deleted": deleted.get(part.part, 0)} for part in found]
            self.stdout.write(
                json.dumps({"dry_run": not options["delete"], "parts": told}, indent=2, ensure_ascii=False)
            )
        else:
            self._tell(found, deleted, is_trial=not options["delete"])

    def _choose(self, only: str) -> list[library_orphans.Orphans]:
        found = [*library_orphans.find_orphans(), *machine_orphans.find_orphans()]
        wanted = {name.strip() for name in only.split(",") if name.strip()}
        if unknown := wanted - {part.part for part in found}:
            parts = ", ".join(part.part for part in found)
            raise CommandError(f"“{min(unknown)}” is no part of what is looked for: {parts}.")
        return [part for part in found if not wanted or part.part in wanted]

    def _tell(self, found: list[library_orphans.Orphans], deleted: dict[str, int], *, is_trial: bool) -> None:
        for part in found:
            done = "" if is_trial else f"; {deleted[part.part]} deleted"
            self.stdout.write(f"{part.label}: {part.count} of {part.total}{done}")
            for name in part.names[:SHOWN]:
                self.stdout.write(f"  {name}")
        if is_trial:
            self.stdout.write("Nothing was deleted; add --delete to do so.")
