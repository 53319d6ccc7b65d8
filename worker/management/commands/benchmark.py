"""`manage.py benchmark NAME`: runs one benchmark and prints its result as JSON, or writes it to a file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from mediarec.library.errors import MediarecError

Add = Callable[[ArgumentParser], None]


def _add_synthetic(parser: ArgumentParser, items: int, requests: int = 100) -> None:
    parser.add_argument("--items", type=int, default=items)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=requests)


def _add_imports(parser: ArgumentParser) -> None:
    _add_synthetic(parser, 100_000, 1)
    parser.add_argument("--catalogue", type=int, default=1_000_000, help="titles of a catalogue; 0 leaves it out")
    parser.add_argument("--large-mb", type=int, default=1024, help="size of the file that is read; 0 leaves it out")
    parser.add_argument("--large-mode", choices=["parse", "preview"], default="parse", help="how far it is read")


def _add_data(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the data set's folder")
    parser.add_argument("--cache", type=Path, help="where encoded vectors are kept; in the home folder by default")


def _add_ranker(parser: ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--dataset", choices=["ml1m"], default="ml1m")
    parser.add_argument("--model", default="full", help="the recipe to train")
    parser.add_argument("--seeds", type=int, default=1, help="how many networks to train")
    parser.add_argument("--weights", type=Path, action="append", default=[], help="kept weights to measure again")
    parser.add_argument("--keep-in", type=Path, help="a folder for the weights that are trained")


def _add_cold(parser: ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--weights", type=Path, help="kept weights of a cold run, instead of training one")
    parser.add_argument("--keep", type=Path, help="where to keep the weights that are trained")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)


def _add_widths(parser: ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--weights", type=Path, required=True, help="kept weights of a run with nested widths")


def _add_unseen(parser: ArgumentParser) -> None:
    _add_seeded(parser)
    parser.add_argument("--epochs", type=int, default=0, help="instead of the recipe's own")


def _add_seeded(parser: ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--seed", type=int, default=1)


def _add_shown(parser: ArgumentParser) -> None:
    _add_seeded(parser)
    parser.add_argument("--people", type=int, default=400)


def _add_steering(parser: ArgumentParser) -> None:
    _add_seeded(parser)
    parser.add_argument("--trials", type=int, default=100, help="histories, each with one of its genres")


def _add_reordering(parser: ArgumentParser) -> None:
    _add_seeded(parser)
    parser.add_argument("--trials", type=int, default=24, help="people with a genre they were not known by")


def _add_simulated(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the data set's folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=100)


# Name to help text, the function that runs it (keyword arguments in, dictionary out), and its arguments besides --json.
BENCHMARKS: dict[str, tuple[str, str, Add]] = {
    "home": ("the home page", "benchmarks.home.run", lambda parser: _add_synthetic(parser, 20_000)),
    "imports": ("imports against a bare COPY", "benchmarks.imports.run", _add_imports),
    "rescan": ("a rescan of unchanged files", "benchmarks.rescan.run", lambda p: _add_synthetic(p, 50_000, 7)),
    "serving": ("one person's list", "benchmarks.serving.run", lambda parser: _add_synthetic(parser, 100_000)),
    "ranker": ("ranking MovieLens-1M", "benchmarks.ranker.run", _add_ranker),
    "cold": ("items nobody has seen", "benchmarks.cold.run", _add_cold),
    "widths": ("a vector's first numbers alone", "benchmarks.widths.run", _add_widths),
    "unseen": ("the shipped recipe in a library it never saw", "benchmarks.unseen.run", _add_unseen),
    "transfer": ("shipped weights on other films", "benchmarks.transfer.run", _add_data),
    "interests": ("lists from several tastes", "benchmarks.interests.run", _add_seeded),
    "understanding": ("encoders, bare and piped", "benchmarks.understanding.run", lambda p: _add_synthetic(p, 320, 2)),
    "shown": ("what a list shows of what was chosen next", "benchmarks.shown.run", _add_shown),
    "content": ("vectors before anything is learned", "benchmarks.content.run", _add_data),
    "search": ("finding things", "benchmarks.search.run", lambda parser: _add_synthetic(parser, 50_000)),
    "chat": ("talking", "benchmarks.chat.run", lambda parser: _add_synthetic(parser, 20_000)),
    "steering": ("what a sentence does to a list", "benchmarks.steering.run", _add_steering),
    "simulated": ("finding a film one has in mind", "benchmarks.simulated.run", _add_simulated),
    "reordering": ("lists in the language model's order", "benchmarks.reordering.run", _add_reordering),
    "doubtful": ("events that were somebody else's", "benchmarks.doubtful.run", _add_seeded),
}


class Command(BaseCommand):
    requires_system_checks = []
    help = "Measures one part of mediarec and prints JSON. Made-up libraries live in a database of their own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        subparsers = parser.add_subparsers(dest="name", required=True)
        for name, (help_text, _, add) in BENCHMARKS.items():
            subparser = subparsers.add_parser(name, help=help_text)
            add(subparser)
            subparser.add_argument("--json", metavar="FILE", default="-", help="where to keep the result; - prints it")
        compare = subparsers.add_parser("compare", help="two results of one protocol, as ratios")
        compare.add_argument("files", nargs=2, type=Path)
        compare.add_argument("--json", metavar="FILE", default="-")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self._compare(options["files"]) if options["name"] == "compare" else self._run(options)
        except MediarecError as error:
            raise CommandError(str(error)) from error
        text = json.dumps(result, indent=2)
        if options["json"] != "-":
            path = Path(options["json"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        self.stdout.write(text)

    def _run(self, options: dict[str, Any]) -> dict[str, Any]:
        name = options["name"]
        _, path, add = BENCHMARKS[name]
        own_parser = ArgumentParser()
        add(own_parser)
        own_names = {action.dest for action in own_parser._actions} - {"help", "dataset"}
        arguments = {key: value for key, value in options.items() if key in own_names}
        if "cache" in arguments:
            arguments["cache"] = arguments["cache"] or settings.MEDIAREC_HOME / "cache" / "ml1m"
        result: dict[str, Any] = import_string(path)(**arguments)
        return result

    def _compare(self, files: list[Path]) -> dict[str, Any]:
        from recommender.evaluation.comparison import compare_results, read_result

        first, second = (read_result(path) for path in files)
        return compare_results(first, second)
