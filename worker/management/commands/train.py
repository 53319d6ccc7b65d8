"""manage.py train: the shipped weights from a MovieLens folder, or this household's own from its history."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediarec.library.errors import MediarecError


class Command(BaseCommand):
    help = "Trains the sequential ranker: on this household's history, or on a MovieLens folder with --dataset ml1m."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dataset", choices=["ml1m"], help="train shipped-type weights on this data set")
        parser.add_argument("--data", type=Path, help="the data set's folder")
        parser.add_argument("--out", type=Path, help="where the exported weights go")
        parser.add_argument("--epochs", type=int, help="at most so many rounds over the data")
        parser.add_argument("--minutes", type=float, default=60.0, help="at most so long")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--resume", action="store_true", help="go on with a run that was cut short")
        parser.add_argument("--block", choices=["hstu", "sasrec"], default="hstu")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._train_shipped(options) if options["dataset"] else self._train_household(options)
        except MediarecError as error:
            raise CommandError(str(error)) from error

    def _train_shipped(self, options: dict[str, Any]) -> None:
        from recommender.sequence.network import RankerConfig
        from recommender.sequence.serving import SHIPPED_WEIGHTS
        from recommender.sequence.shipping import SHIPPED_PLAN, ShippingPlaces, train_shipped

        if options["data"] is None:
            raise CommandError("--dataset ml1m needs --data, the folder with sequences.txt and movies.dat.")
        epochs = options["epochs"] or SHIPPED_PLAN.epochs
        plan = replace(SHIPPED_PLAN, epochs=epochs, minutes=options["minutes"], seed=options["seed"])
        cache = settings.MEDIAREC_HOME / "cache" / "ml1m"
        places = ShippingPlaces(options["data"], options["out"] or SHIPPED_WEIGHTS, cache)
        config = RankerConfig(block=options["block"])
        facts = train_shipped(places, plan, config, self._report, resume=options["resume"])
        self.stdout.write(f"{places.out}: {facts['metrics']}")

    def _train_household(self, options: dict[str, Any]) -> None:
        from recommender.sequence.household import fine_tune

        outcome = fine_tune(
            minutes=options["minutes"],
            seed=options["seed"],
            report=self._report,
            epochs=options["epochs"] or 20,
            resume=options["resume"],
        )
        self.stdout.write(outcome.sentence)

    def _report(self, progress: Any) -> None:
        self.stdout.write(
            f"epoch {progress.epoch}: loss {progress.loss:.3f}, validation NDCG@10 {progress.ndcg:.4f}, "
            f"HR@10 {progress.hit_rate:.4f}, best {progress.best_ndcg:.4f}, {progress.minutes_left:.0f} min left"
        )
        self.stdout.flush()
