"""`manage.py orphans [--delete] [--json]`: rows and files that nothing refers to. A dry run without --delete."""

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
    help = "Lists pictures, uploads, vectors, weights and rows that nothing refers to; deletes them with --delete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        defaults = library_orphans.Cap()
        parser.add_argument("--delete", action="store_true", help="without it nothing is changed")
        parser.add_argument("--only", default="", help="comma-separated parts: artwork, uploads, files, people, ...")
        parser.add_argument("--at-most", type=int, default=defaults.most, help="of one part, however small a share")
        parser.add_argument("--at-most-percent", type=float, default=defaults.percent, help="of one part, however many")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        parts = self._choose(options["only"])
        deleted: dict[str, int] = {}
        if options["delete"]:
            cap = library_orphans.Cap(options["at_most"], options["at_most_percent"])
            try:
                deleted = library_orphans.delete_orphans(parts, cap)
            except MediarecError as error:
                raise CommandError(str(error)) from error
            names = {part.part: part.names[: library_orphans.SHOWN] for part in parts}
            audit.record_event(None, "deleted orphans", "orphans", ("", "orphans"), before=names, after=deleted)
        if options["json"]:
            report = [{**part.to_json(), "deleted": deleted.get(part.part, 0)} for part in parts]
            self.stdout.write(
                json.dumps({"dry_run": not options["delete"], "parts": report}, indent=2, ensure_ascii=False)
            )
        else:
            self._print_parts(parts, deleted, is_trial=not options["delete"])

    def _choose(self, only: str) -> list[library_orphans.Orphans]:
        parts = [*library_orphans.find_orphans(), *machine_orphans.find_orphans()]
        wanted = {name.strip() for name in only.split(",") if name.strip()}
        if unknown := wanted - {part.part for part in parts}:
            known = ", ".join(part.part for part in parts)
            raise CommandError(f"“{min(unknown)}” is not a part; there are: {known}.")
        return [part for part in parts if not wanted or part.part in wanted]

    def _print_parts(self, parts: list[library_orphans.Orphans], deleted: dict[str, int], *, is_trial: bool) -> None:
        for part in parts:
            done = "" if is_trial else f"; {deleted[part.part]} deleted"
            self.stdout.write(f"{part.label}: {part.count} of {part.total}{done}")
            for name in part.names[:SHOWN]:
                self.stdout.write(f"  {name}")
        if is_trial:
            self.stdout.write("Nothing was deleted; add --delete to do so.")
