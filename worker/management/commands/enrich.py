"""`manage.py enrich`: describes, embeds and analyses what is pending, in this process, with a line of
progress per batch.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library.advisory_locks import ENRICHMENT, try_advisory_lock
from mediarec.library.errors import UnavailableError
from recommender import enrichment

LISTED_FAILURES = 100


class Command(BaseCommand):
    help = "Describes, embeds and reads what was not yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=None, help="at most this many items per stage")
        parser.add_argument("--only", default="", help=f"comma-separated, of {', '.join(enrichment.STAGES)}")
        parser.add_argument("--estimate", action="store_true", help="say how long it would take, and do nothing")
        parser.add_argument("--retry", action="store_true", help="try again what could not be read before")
        parser.add_argument("--json", action="store_true", help="print only what was done, skipped and failed")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = enrichment.Plan(read_stages(options["only"]), options["limit"])
        if options["estimate"]:
            self._print_estimate(options["json"])
            return
        with try_advisory_lock(ENRICHMENT) as is_ours:
            if not is_ours:
                raise CommandError("A worker is describing and embedding already; see the page Models.")
            if options["retry"]:
                enrichment.forget_failures()
            enrichment.try_unloaded()
            report = self._run(plan, quiet=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
        else:
            for one in report["not_loaded"]:
                self.stdout.write(one["reason"])
            self.stdout.write(f"{report['made']:,} pieces made. {describe_left()}")
        if report["problem"] and not options["json"]:
            raise CommandError(report["problem"])

    def _run(self, plan: enrichment.Plan, *, quiet: bool) -> dict[str, Any]:
        """Runs the plan; what was done before it counts as "skipped"."""
        before = {stage.stage: stage.done for stage in enrichment.count_lacking().stages}
        made, problem = 0, ""
        try:
            made = enrichment.run_pending(lambda: False, self.stay_quiet if quiet else self.say, plan)
        except UnavailableError as error:
            problem = str(error)
        stages = {
            stage.stage: {
                "done": max(0, stage.done - before.get(stage.stage, 0)),
                "skipped": min(stage.done, before.get(stage.stage, 0)),
                "failed": stage.failed,
                "left": stage.left,
            }
            for stage in enrichment.count_lacking().stages
        }
        unloaded = [asdict(one) for one in enrichment.find_load_failures()]
        return {"made": made, "stages": stages, "failures": list_failures(), "not_loaded": unloaded, "problem": problem}

    def _print_estimate(self, as_json: bool) -> None:
        progress = enrichment.count_lacking()
        if as_json:
            left = {
                stage.stage: {"left": stage.left, "seconds": round(stage.seconds_left, 1)} for stage in progress.stages
            }
            self.stdout.write(json.dumps({"seconds": round(progress.seconds_left or 0, 1), "stages": left}, indent=2))
            return
        for stage in progress.stages:
            self.stdout.write(f"{stage.label}: {stage.left:,} left, {enrichment.say_duration(stage.seconds_left)}")
        self.stdout.write(f"In all {enrichment.say_duration(progress.seconds_left or 0)} on this machine.")

    def say(self, done: int, total: int, message: str) -> None:
        self.stdout.write(f"{done:,} of {total:,}  {message}")

    def stay_quiet(self, done: int, total: int, message: str) -> None:
        """No progress with --json: programs read one JSON object and nothing else."""


def list_failures() -> list[dict[str, Any]]:
    return [
        {"item_id": row.item_id, "title": row.item.title, "stage": row.stage, "reason": row.reason}
        for row in enrichment.find_failures()[:LISTED_FAILURES]
    ]


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
