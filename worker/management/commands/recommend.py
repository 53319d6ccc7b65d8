"""`manage.py recommend --person NAME`: the pipeline's answer as a list or as JSON, or a recorded request once more."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from mediarec.library.models import Kind, Person
from mediarec.library.ownership import Ownership
from recommender import pipeline
from recommender.impressions import read_request
from recommender.models import SlateRecord
from recommender.types import Filters, RecommendRequest, Slate


class Command(BaseCommand):
    help = "Recommends items to one person and says why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        asked = parser.add_mutually_exclusive_group(required=True)
        asked.add_argument("--person", help="the name they sign in with")
        asked.add_argument("--slate", type=UUID, help="the id of a list that was shown; its request is asked again")
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--kinds", default="", help=f"comma-separated, of {', '.join(Kind.values)}")
        parser.add_argument("--owned", action="store_true", help="only what the household owns")
        parser.add_argument("--query", default="", help="what it should be like, in words")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["slate"]:
            record = find_slate(options["slate"])
            person, request = record.person, read_request(record)
        else:
            person = find_person(options["person"])
            request = build_request(person, options)
        slate = pipeline.recommend(request)
        self.stdout.write(json.dumps(describe_slate(person, slate), indent=2) if options["json"] else list_lines(slate))


def build_request(person: Person, options: dict[str, Any]) -> RecommendRequest:
    ownership = Ownership.OWNED if options["owned"] else Ownership.ANY
    return RecommendRequest(
        person.pk,
        Filters(kinds=read_kinds(options["kinds"]), ownership=ownership),
        query=options["query"],
        novelty=person.novelty,
        limit=max(1, options["limit"]),
        surface="command",
    )


def find_slate(slate_id: UUID) -> SlateRecord:
    record = SlateRecord.objects.select_related("person").filter(pk=slate_id).first()
    if record is None:
        raise CommandError(f"No list {slate_id} was shown, or it was too long ago to be kept.")
    return record


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
