"""`manage.py import_catalog KIND PATH...`: imports works that can be recommended without being owned."""

from __future__ import annotations

import csv
import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library import catalogues
from mediarec.library.errors import MediarecError
from mediarec.library.models import Kind
from worker import dispatch

YEARS = re.compile(r"(\d{4})?(-)?(\d{4})?")


def read_years(text: str) -> tuple[int | None, int | None]:
    """1990, 1990-1999, 1990- or -1999."""
    match = YEARS.fullmatch(text.strip())
    if match is None or not (match[1] or match[3]):
        raise ArgumentTypeError(f"{text!r} is not a year or a span such as 1990-1999, 1990- or -1999")
    first, last = (int(year) if year else None for year in (match[1], match[3]))
    return (first, last) if match[2] else (first, first)


def read_kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip().lower() for kind in text.split(",") if kind.strip())
    if unknown := set(kinds) - set(Kind.values):
        raise ArgumentTypeError(f"{', '.join(sorted(unknown))} is not a kind; there are {', '.join(Kind.values)}")
    return kinds


class Command(BaseCommand):
    help = "Imports a catalogue of works that nobody here owns yet; running it again updates them by their ids."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("catalogue", choices=sorted(catalogues.READERS))
        parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
        parser.add_argument("--kinds", type=read_kinds, default=(), help="for example film,series")
        parser.add_argument("--min-votes", type=int, default=0)
        parser.add_argument("--years", type=read_years, default=(None, None), help="1990, 1990-1999, 1990- or -1999")
        parser.add_argument("--limit", type=int, help="the first so many works only")
        parser.add_argument("--report", type=Path, help="a CSV of all rows that were not understood")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with ExitStack() as stack:
                summary = self._import(options, stack)
        except (MediarecError, OSError) as error:
            raise CommandError(str(error)) from error
        dispatch.enqueue_enrichment()
        if options["json"]:
            self.stdout.write(json.dumps(summary.to_json(), indent=2, ensure_ascii=False))
            return
        counts = summary.counts
        self.stdout.write(
            f"{summary.rows} works read: {counts.get('added', 0)} are new, {counts.get('updated', 0)} changed, "
            f"{counts.get('unchanged', 0)} are as before, {counts.get('owned', 0)} are owned and left as they are."
        )
        for row in summary.rejected[:20]:
            self.stdout.write(f"  not understood: {row['row']}: {row['reason']}")
        if (rejected := counts.get("rejected", 0)) > 20:
            self.stdout.write(f"  and {rejected - 20} more; --report FILE lists all.")

    def _import(self, options: dict[str, Any], stack: ExitStack) -> catalogues.CatalogueSummary:
        first, last = options["years"]
        filters = catalogues.CatalogueFilters(options["kinds"], options["min_votes"], first, last, options["limit"])
        report = None
        if options["report"]:
            file = stack.enter_context(options["report"].open("w", encoding="utf-8", newline=""))
            report = csv.writer(file)
            report.writerow(("row", "reason"))
        return catalogues.import_catalogue(
            options["catalogue"],
            options["paths"],
            filters,
            on_progress=self._show,
            on_left_out=report.writerow if report else None,
        )

    def _show(self, what: str, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done}{f' of {total}' if total else ''} {what}   ", ending="")
