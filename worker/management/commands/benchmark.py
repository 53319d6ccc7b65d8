"""`manage.py benchmark NAME`: runs one measurement and prints or keeps it as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

# Each takes (items, seed, requests) by name and returns a flat dictionary.
BENCHMARKS: dict[str, str] = {
    "home": "benchmarks.home.run",
}


class Command(BaseCommand):
    requires_system_checks = []
    help = "Measures one part of mediarec on made-up data, in a database of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHMARKS))
        parser.add_argument("--items", type=int, default=20_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--requests", type=int, default=100)
        parser.add_argument("--json", type=Path, metavar="FILE", help="where to keep the result")

    def handle(self, *args: Any, **options: Any) -> None:
        run = import_string(BENCHMARKS[options["name"]])
        result = run(items=options["items"], seed=options["seed"], requests=options["requests"])
        text = json.dumps(result, indent=2)
        if options["json"]:
            options["json"].parent.mkdir(parents=True, exist_ok=True)
            options["json"].write_text(text + "\n", encoding="utf-8")
        self.stdout.write(text)
