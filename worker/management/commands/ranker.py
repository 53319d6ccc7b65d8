"""`manage.py ranker list|rollback|measure`: the versions of ranker weights, rolling back, and
measuring their accuracy.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mediarec.library.errors import MediarecError
from mediarec.library.models import Person
from recommender.backends import ranker_weights
from recommender.finetuning.accuracy import LISTS, POPULARITY, SIMILARITY
from recommender.models import TrainedRanker
from worker import dispatch


class Command(BaseCommand):
    help = "Which weights rank here and since when; brings the former ones back; measures how well they know everyone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="version, state, when and figures of everything that was trained here")
        verbs.add_parser("rollback", help="the former weights rank again; once more brings these back")
        measure = verbs.add_parser("measure", help="everyone's leave-last-out figures with the weights in use")
        measure.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"list": self._list, "rollback": self._roll_back, "measure": self._measure}[options["verb"]](options)
        except MediarecError as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        current, former = ranker_weights.find_current(), ranker_weights.find_previous()
        for row in TrainedRanker.objects.exclude(state=TrainedRanker.State.SHIPPED).order_by("-created_at"):
            self.stdout.write(describe_row(row))
        shipped = ranker_weights.inspect_shipped()
        if shipped is not None:
            state = "live" if current.version == shipped.version else "shipped"
            self.stdout.write(f"{shipped.version}  {state}  shipped with the project")
        rollback_note = (
            f"rollback brings back {former.version}." if former is not None else "there is nothing to roll back to."
        )
        self.stdout.write(f"{current.version or current.name} ranks now; {rollback_note}")

    def _roll_back(self, options: dict[str, Any]) -> None:
        from recommender.finetuning.versions import roll_back

        outcome = roll_back()
        dispatch.enqueue_enrichment()  # for items that were added while the other weights ranked
        self.stdout.write(outcome.sentence)

    def _measure(self, options: dict[str, Any]) -> None:
        from recommender.finetuning import holdout, versions

        measured = holdout.evaluate_current()
        if ranker_weights.find_current().version:
            versions.store_metrics(measured)
        self.stdout.write(json.dumps(measured, indent=2) if options["json"] else describe_measured(measured))


def describe_row(row: TrainedRanker) -> str:
    since = f" since {row.went_live_at:%Y-%m-%d %H:%M}" if row.state == "live" and row.went_live_at else ""
    before, after = row.metrics.get("ndcg@10 before"), row.metrics.get("ndcg@10 after")
    figures = f"NDCG@10 {before} before, {after} after" if after is not None else "no figures"
    at = timezone.localtime(row.created_at)
    return f"{row.version}  {row.state}{since}  trained {at:%Y-%m-%d %H:%M}  {figures}"


def describe_measured(measured: dict[str, Any]) -> str:
    """One line per person and model."""
    names = dict(Person.objects.values_list("pk", "username"))
    lines = []
    for person, report in measured["people"].items():
        lines.append(
            f"{names.get(int(person), person)}: {report['events']} things, each among about {report['among']:,}"
        )
        own_lists = {"their lists": report[LISTS]} if LISTS in report else {}
        models = {
            **own_lists,
            **report["weights"],
            "popularity": report[POPULARITY],
            "text similarity": report[SIMILARITY],
        }
        lines += [
            f"  {name}: HR@10 {figures['hr@10']:.3f}, NDCG@10 {figures['ndcg@10']:.3f}, MRR {figures['mrr']:.3f}"
            f" ({figures['unseen_events']} of them not learned from)"
            for name, figures in models.items()
        ]
    return "\n".join(lines) or "Nobody has enough history yet to measure by."
