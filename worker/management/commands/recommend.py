"""`manage.py recommend --person NAME`: a slate of the pipeline, as lines or as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library.models import Kind, Person
from mediarec.library.ownership import Ownership
from recommender import pipeline
from recommender.types import Filters, RecommendRequest, Slate


class Command(BaseCommand):
    help = "Recommends items to one person and says why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="the name they sign in with")
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--kinds", default="", help=f"comma-separated, of {', '.join(Kind.values)}")
        parser.add_argument("--owned", action="store_true", help="only what the household owns")
        parser.add_argument("--query", default="", help="what it should be like, in words")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["person"])
        filters = Filters(
            kinds=read_kinds(options["kinds"]), ownership=Ownership.OWNED if options["owned"] else Ownership.ANY
        )
        request = RecommendRequest(
            person.pk,
            filters,
            query=options["query"],
            novelty=person.novelty,
            limit=max(1, options["limit"]),
            surface="command",
        )
        slate = pipeline.recommend(request)
        self.stdout.write(json.dumps(describe_slate(person, slate), indent=2) if options["json"] else list_lines(slate))


def find_person(name: str) -> Person:
    """Raises CommandError with the existing names."""
    person = Person.objects.filter(username=name).first()
    if person is None:
        known = ", ".join(Person.objects.order_by("username").values_list("username", flat=True))
        hint = f"there are {known}." if known else "nobody has an account yet."
        raise CommandError(f"There is nobody called {name!r}; {hint}")
    return person


def read_kinds(text: str) -> tuple[str, ...]:
    """Comma-separated kinds. Raises CommandError for an unknown one."""
    kinds = tuple(kind.strip().lower() for kind in text.split(",") if kind.strip())
    unknown = [kind for kind in kinds if kind not in Kind.values]
    if unknown:
        raise CommandError(f"{unknown[0]!r} is not a kind of item; there are {', '.join(Kind.values)}.")
    return kinds


def describe_slate(person: Person, slate: Slate) -> dict[str, Any]:
    return {
        "person": person.username,
        "ranker": slate.ranker,
        "items": [
            {
                "id": item.item_id,
                "kind": item.kind,
                "title": item.title,
                "year": item.year,
                "score": round(item.score, 4),
                "sources": list(item.sources),
                "evidence": [{"type": e.type.value, "item_id": e.item_id, "text": e.text} for e in item.evidence],
                "explanation": item.explanation,
            }
            for item in slate.items
        ],
    }


def list_lines(slate: Slate) -> str:
    lines = [f"{item.title} ({item.kind}): {item.explanation}" for item in slate.items]
    return "\n".join([*lines, slate.note] if slate.note else lines)
