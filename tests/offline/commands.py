"""Every management command of this project, as it is run under the watch. The paths are of `files.py`'s making."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.management import get_commands

OWN_APPS = ("worker", "recommender", "mediarec")
# What is typed after `manage.py`, line for line; {names} are paths.
LINES: dict[str, Sequence[str]] = {
    "benchmark": ["benchmark transfer --data {ratings}"],
    "chat": ["chat --person dee --json"],
    "demo": ["demo", "demo --remove"],
    "enrich": ["enrich --limit 4 --json"],
    "export_person": ["export_person dee --out {made}/dee.zip"],
    "import": ["import {table} --person dee --json"],
    "import_catalog": ["import_catalog imdb {catalogue} --json"],
    "import_undo": ["import_undo 2 --json"],
    "orphans": ["orphans --json"],
    "profile": ["profile --person dee --add 'slow films about the sea'"],
    "ranker": ["ranker measure --json"],
    "recommend": ["recommend --person dee --query 'a quiet sea' --json"],
    "rescan": ["rescan --json"],
    "rules": ["rules --person dee --json"],
    "search": ["search 'a quiet sea' --json", "search --image {picture} --json"],
    "setup_link": ["setup_link"],
    "status": ["status --json"],
    "train": ["train --dataset ml1m --data {sequences} --epochs 1 --out {made}/weights"],
    "up": ["up"],
}
TYPED = {"chat": "a slow film with a grumpy ferryman\nsomething funnier\n"}
# These end with a sentence here, which shows that they ran: there is an owner, and everything runs already.
REFUSING = {"setup_link": "There is an owner already", "up": "is running already"}
# What the output holds where a model was really asked.
SAYING = {
    "benchmark": '"shipped"',
    "chat": '"reply_source"',
    "enrich": r'"made": [1-9]',
    "ranker": r'"weights": \{|"people": \{',
    "recommend": '"ranker": "[^"]',
    "search": '"matched_on": "[^"]',
    "train": "weights: .*ndcg",
}
LAST = ("enrich", "import_undo", "demo")  # they take up or change what the others bring
# Django's own and those of libraries: each is loaded and asked for its help, in one process.
SCRIPT_FOR_OTHERS = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "mediarec.settings"
import django
django.setup()
from django.core.management import load_command_class
for name, app in {others!r}:
    load_command_class(app, name).create_parser("manage.py", name).format_help()
    print(name)
"""


@dataclass(frozen=True)
class Line:
    """One to be run."""

    command: str
    arguments: tuple[str, ...]
    typed: str = ""


def list_lines(files: Mapping[str, Path]) -> list[Line]:
    """In the order in which they may follow each other."""
    order = [*(name for name in LINES if name not in LAST), *LAST]
    return [
        Line(name, tuple(part.format(**files) for part in shlex.split(line)), TYPED.get(name, ""))
        for name in order
        for line in LINES[name]
    ]


def find_app(app: object) -> str:
    return app if isinstance(app, str) else str(getattr(app, "app_name", ""))


def list_own() -> set[str]:
    return {name for name, app in get_commands().items() if find_app(app).split(".")[0] in OWN_APPS}


def list_others() -> list[tuple[str, str]]:
    return sorted((name, find_app(app)) for name, app in get_commands().items() if name not in list_own())
