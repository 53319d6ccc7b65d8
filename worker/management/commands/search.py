"""`manage.py search "QUERY"`: the results of the search page, as lines or as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from PIL import Image

from mediarec.library.artwork import read_picture
from mediarec.library.errors import MediarecError
from recommender import pipeline
from recommender.types import Filters, Slate
from worker.management.commands.recommend import find_person, read_kinds

NOBODY = 0  # a person without hidden items; taste has no influence on search


class Command(BaseCommand):
    help = "Finds works by words, by a picture, or by 'like X but funnier'."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query", nargs="?", default="")
        parser.add_argument("--image", type=Path, help="a picture to find things that look like it")
        parser.add_argument("--person", default="", help="whose hidden works stay hidden; nobody's by default")
        parser.add_argument("--kinds", default="", help="comma-separated")
        parser.add_argument("--limit", type=int, default=10)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        picture = read_image(options["image"]) if options["image"] else None
        if not options["query"].strip() and picture is None:
            raise CommandError("Say what to look for, in words or with --image FILE.")
        query = pipeline.SearchQuery(
            person_id=find_person(options["person"]).pk if options["person"] else NOBODY,
            text=options["query"],
            picture=picture,
            filters=Filters(kinds=read_kinds(options["kinds"]), include_seen=True),
            limit=max(1, options["limit"]),
        )
        slate = pipeline.search(query)
        self.stdout.write(json.dumps(describe_answer(slate), indent=2) if options["json"] else list_lines(slate))


def read_image(path: Path) -> Image.Image:
    try:
        return read_picture(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except MediarecError as error:
        raise CommandError(f"{path}: {error}") from error


def describe_answer(slate: Slate) -> dict[str, Any]:
    items = [
        {"id": item.item_id, "title": item.title, "score": round(item.score, 4), "matched_on": item.matched_on}
        for item in slate.items
    ]
    return {"items": items, "note": slate.note} if slate.note else {"items": items}


def list_lines(slate: Slate) -> str:
    lines = [f"{item.title} ({item.kind}): {item.explanation}" for item in slate.items]
    return "\n".join([*lines, slate.note] if slate.note else lines)
