"""`manage.py train`: fine-tunes on this household's history, or trains a recipe on a MovieLens folder."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediarec.library.errors import MediarecError

RECIPE_NAMES = ("shipped", "full", "ids", "content", "nested", "full-sasrec", "full-hstu")


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Trains the sequential ranker: on this household's history, or on a MovieLens folder with --dataset ml1m. "
        "On several devices: torchrun --nproc-per-node N manage.py train --dataset ml1m ..."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dataset", choices=["ml1m"], help="train on this data set instead of the household")
        parser.add_argument("--data", type=Path, help="the data set's folder")
        parser.add_argument("--recipe", choices=RECIPE_NAMES, default="shipped", help="what to train on the data set")
        parser.add_argument(
            "--out", type=Path, help="where the weights go: a folder for 'shipped', else a .safetensors"
        )
        parser.add_argument("--block", choices=["hstu", "sasrec", "ligr"], help="instead of the recipe's own")
        parser.add_argument("--epochs", type=int, help="number of epochs, instead of the recipe's own")
        parser.add_argument("--minutes", type=float, help="stop after this many minutes")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--resume", action="store_true", help="resume an interrupted run")
        parser.add_argument(
            "--whole",
            action="store_true",
            help="train on the validation events too, for a plan whose epochs and exponents are fixed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["data"] and not options["dataset"]:
            raise CommandError("--data needs --dataset ml1m beside it; without both, the household's history is read.")
        try:
            self._train_on_data(options) if options["dataset"] else self._train_household(options)
        except MediarecError as error:
            raise CommandError(str(error)) from error

    def _train_on_data(self, options: dict[str, Any]) -> None:
        from recommender.sequence.serving import SHIPPED_WEIGHTS
        from recommender.training.malloc_tuning import keep_freed_pages
        from recommender.training.recipes import RECIPES

        if options["data"] is None:
            raise CommandError("--dataset ml1m needs --data, the folder with sequences.txt and movies.dat.")
        keep_freed_pages()
        recipe = RECIPES[options["recipe"]]
        plan_changes = {name: options[name] for name in ("epochs", "minutes") if options[name] is not None}
        plan_changes |= {"held_back": 1} if options["whole"] else {}
        config_changes = {"block": options["block"]} if options["block"] else {}
        recipe = replace(
            recipe, plan=replace(recipe.plan, **plan_changes), config=replace(recipe.config, **config_changes)
        )
        if options["recipe"] == "shipped":
            self._ship(recipe, options, options["out"] or SHIPPED_WEIGHTS)
        else:
            self._keep(recipe, options)

    def _ship(self, recipe: Any, options: dict[str, Any], out: Path) -> None:
        from recommender.training.release import ReleasePaths, train_release

        paths = ReleasePaths(options["data"], out, _find_cache())
        facts = train_release(paths, recipe, options["seed"], self._report, resume=options["resume"])
        self.stdout.write(f"{out}: {facts['metrics']}")

    def _keep(self, recipe: Any, options: dict[str, Any]) -> None:
        from recommender.training import distributed
        from recommender.training.checkpoint_archive import archive_network
        from recommender.training.movielens import read_movielens
        from recommender.training.recipes import train_recipe

        if options["out"] is None or options["out"].suffix != ".safetensors":
            raise CommandError(f"--recipe {options['recipe']} needs --out, a file ending in .safetensors.")
        data = read_movielens(options["data"], _find_cache(), recipe.config.modality_dims)
        folder = _find_cache() / f"run-{options['recipe']}-{options['seed']}"
        network, facts = train_recipe(recipe, data, options["seed"], folder, self._report, resume=options["resume"])
        if distributed.rank() == 0:
            archive_network(network, {"recipe": options["recipe"], **facts}, options["out"])
            self.stdout.write(f"{options['out']}: {facts['epochs']} epochs in {facts['training_minutes']} minutes")

    def _train_household(self, options: dict[str, Any]) -> None:
        from recommender.finetuning.fine_tune import fine_tune

        outcome = fine_tune(
            minutes=options["minutes"] or 60.0,
            seed=options["seed"],
            report=self._report,
            epochs=options["epochs"] or 20,
            resume=options["resume"],
        )
        self.stdout.write(outcome.sentence)

    def _report(self, progress: Any) -> None:
        from recommender.training import distributed

        if distributed.rank() > 0:
            return
        validation = (
            f"validation NDCG@10 {progress.ndcg:.4f}, HR@10 {progress.hit_rate:.4f}, best {progress.best_ndcg:.4f}, "
            if progress.ndcg == progress.ndcg  # NaN where this epoch was not validated
            else ""
        )
        self.stdout.write(
            f"epoch {progress.epoch}: loss {progress.loss:.3f}, {validation}"
            f"{progress.events_per_second:,.0f} events/s, {progress.minutes_left:.0f} min left"
        )
        self.stdout.flush()


def _find_cache() -> Path:
    folder: Path = settings.MEDIAREC_HOME / "cache" / "ml1m"
    return folder
