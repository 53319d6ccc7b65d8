"""`manage.py profile --person NAME`: lists and edits the taste statements of one person."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library.errors import MediarecError
from recommender.models import TasteStatement
from recommender.taste import statement_editing, statements
from worker.management.commands.recommend import find_person


class Command(BaseCommand):
    help = "Lists what is believed of a person; adds, edits, weighs, deletes a sentence, or switches it (--undo)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="the name they sign in with")
        parser.add_argument("--add", metavar="SENTENCE", help="something they like")
        parser.add_argument("--against", metavar="SENTENCE", help="something they do not like")
        parser.add_argument("--edit", nargs=2, metavar=("ID", "SENTENCE"))
        parser.add_argument("--weigh", nargs=2, metavar=("ID", "TIMES"), help="0 to 3")
        parser.add_argument("--delete", type=int, metavar="ID")
        parser.add_argument("--undo", type=int, metavar="ID", help="switch a sentence off, or on again")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["person"])
        try:
            self._change(person.pk, options)
        except (MediarecError, ValueError) as error:
            raise CommandError(str(error)) from error
        rows = [describe_statement(row) for row in statements.list_statements(person.pk)]
        self.stdout.write(json.dumps(rows, indent=2) if options["json"] else "\n".join(map(word_statement, rows)))

    def _change(self, person_id: int, options: dict[str, Any]) -> None:
        if options["add"]:
            statement_editing.add_statement(person_id, options["add"])
        if options["against"]:
            statement_editing.add_statement(person_id, options["against"], sign=-1)
        if options["edit"]:
            statement_editing.edit_statement(person_id, int(options["edit"][0]), options["edit"][1])
        if options["weigh"]:
            statement_editing.set_statement_weight(person_id, int(options["weigh"][0]), float(options["weigh"][1]))
        if options["delete"] is not None:
            statement_editing.delete_statement(person_id, options["delete"])
        if options["undo"] is not None:
            statement_editing.set_statement_enabled(person_id, options["undo"])


def describe_statement(row: TasteStatement) -> dict[str, Any]:
    return {
        "id": row.pk,
        "text": row.text,
        "sign": row.sign,
        "counts": row.is_active,
        "own_words": bool(row.feature.get(statement_editing.OWN)),
        "times": float(row.feature.get("emphasis", 1.0)),
        "evidence": row.evidence,
    }


def word_statement(row: dict[str, Any]) -> str:
    sign = "+" if row["sign"] > 0 else "-"
    return f"{row['id']:>4}  {sign}  {'on ' if row['counts'] else 'off'}  {row['text']}"
