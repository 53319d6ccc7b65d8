"""`manage.py rescan [LIBRARY] [--json]`: rescans watched folders in this process."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library import folder_sync
from mediarec.library.errors import MediarecError
from mediarec.library.models import Library
from worker import dispatch
from worker.tasks.folder_sync import describe_outcome


class Command(BaseCommand):
    help = "Looks through one watched folder, or through all that are switched on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("library", nargs="?", help="its name or number; all of them when left out")
        parser.add_argument("--really-gone", action="store_true", help="believe a folder that is empty all at once")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            libraries = self._choose(options["library"])
        except MediarecError as error:
            raise CommandError(str(error)) from error
        reports = [self._rescan(library, options["really_gone"], quiet=options["json"]) for library in libraries]
        if any(report.get("batches") for report in reports):
            dispatch.enqueue_enrichment()
        if options["json"]:
            self.stdout.write(json.dumps({"libraries": reports}, indent=2, ensure_ascii=False))
        if failed := [report["problem"] for report in reports if report.get("problem")]:
            raise CommandError(" ".join(failed))

    def _choose(self, name: str | None) -> list[Library]:
        if name:
            return [folder_sync.find_by_name(name)]
        libraries = list(Library.objects.filter(is_enabled=True))
        if not libraries:
            raise MediarecError("No folder is watched yet; add one under Libraries in the browser.")
        return libraries

    def _rescan(self, library: Library, really_gone: bool, quiet: bool) -> dict[str, Any]:
        try:
            outcome = folder_sync.rescan_library(library.pk, really_gone=really_gone)
        except MediarecError as error:
            return {"library": library.name, "problem": str(error)}
        if not quiet:
            self.stdout.write(f"{library.name}: {describe_outcome(outcome)}")
            for problem in outcome.problems:
                self.stdout.write(f"  {problem}")
        return outcome.to_json()
