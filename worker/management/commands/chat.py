"""`manage.py chat --person NAME`: one message per line in, one answer per line out, through the same
pipeline as the page.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand

from mediarec.library.errors import MediarecError
from mediarec.library.models import Item
from recommender.chat import responses, turns
from worker.management.commands.recommend import find_person


class Command(BaseCommand):
    help = "Talks with one person's taste: reads messages from standard input, one a line, as one conversation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="the name they sign in with")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["person"])
        self.talk(person.pk, sys.stdin, as_json=options["json"])

    def talk(self, person_id: int, messages: Iterable[str], *, as_json: bool) -> None:
        thread = uuid4()
        for message in messages:
            try:
                answer = describe_answer(turns.answer(person_id, thread, message))
            except MediarecError as error:
                answer = {"understood": [], "tools": [], "items": [], "question": None, "reply": str(error)}
                answer["reply_source"] = "template"
            self.stdout.write(json.dumps(answer, ensure_ascii=False) if as_json else word_answer(answer))


def describe_answer(answer: turns.ChatAnswer) -> dict[str, Any]:
    """The answer as JSON, with the complete reply."""
    turn = answer.turn
    reply = "".join(responses.stream_response(turn.person_id, turn.pk)).strip()
    turn.refresh_from_db()
    titles = dict(Item.objects.filter(pk__in=turn.item_ids).values_list("pk", "title"))
    question = answer.question
    guesses = turns.list_guesses(turn.person_id, turn.pk)
    optional_fields = {"guesses": [{"said": guess.said, "means": guess.label} for guess in guesses]} if guesses else {}
    return {
        "understood": [chip.label for chip in answer.chips],
        "tools": list(answer.tools),
        "items": [{"id": pk, "title": titles[pk]} for pk in turn.item_ids if pk in titles],
        "question": {"text": question.text, "choices": list(question.choices)} if question else None,
        "reply": reply,
        "reply_source": "template" if turn.answered_by == "template" else "llm",
        **optional_fields,
    }


def word_answer(answer: dict[str, Any]) -> str:
    """The answer as text: what was understood, the reply, and the numbered items."""
    lines = [f"[{', '.join(answer['understood'])}]"] if answer["understood"] else []
    lines += [answer["reply"], *(f"  {rank}. {item['title']}" for rank, item in enumerate(answer["items"], start=1))]
    return "\n".join(lines)
