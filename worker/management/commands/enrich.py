"""`manage.py enrich`: describes and embeds what lacks it, here and now, with a line of progress per batch."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender import enrichment
from worker import locks


class Command(BaseCommand):
    help = "Describes and embeds what lacks a description or a vector."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=None, help="at most this many items per stage")
        parser.add_argument("--only", default="", help=f"comma-separated, of {', '.join(enrichment.STAGES)}")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = enrichment.Plan(read_stages(options["only"]), options["limit"])
        with locks.hold_enrichment() as is_ours:
            if not is_ours:
                raise CommandError("A worker is describing and embedding already; see the page Models.")
            made = enrichment.run_pending(lambda: False, self.say, plan)
        self.stdout.write(f"{made:,} pieces made. {describe_left()}")

    def say(self, done: int, total: int, message: str) -> None:
        self.stdout.write(f"{done:,} of {total:,}  {message}")


def read_stages(text: str) -> frozenset[str]:
    stages = [stage.strip().lower() for stage in text.split(",") if stage.strip()]
    unknown = [stage for stage in stages if stage not in enrichment.STAGES]
    if unknown:
        raise CommandError(f"{unknown[0]!r} is not a stage; there are {', '.join(enrichment.STAGES)}.")
    return frozenset(stages or enrichment.STAGES)


def describe_left() -> str:
    progress = enrichment.count_lacking()
    failed = f" {progress.failed:,} could not be read." if progress.failed else ""
    return f"{progress.left:,} left.{failed}" if progress.is_lacking else f"Nothing is left.{failed}"
