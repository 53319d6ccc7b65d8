"""`manage.py rules --person NAME`: lists a person's standing rules, and switches them off and on."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediarec.library.errors import MediarecError
from recommender.models import SteeringRule
from recommender.taste import steering
from worker.management.commands.recommend import find_person


class Command(BaseCommand):
    help = "Lists a person's rules; --undo switches one off, --redo on again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="the name they sign in with")
        parser.add_argument("--undo", type=int, metavar="ID", help="switch a rule off")
        parser.add_argument("--redo", type=int, metavar="ID", help="switch a rule on again")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["person"])
        try:
            if options["undo"] is not None:
                steering.undo_rule(person.pk, options["undo"])
            if options["redo"] is not None:
                steering.redo_rule(person.pk, options["redo"])
        except MediarecError as error:
            raise CommandError(str(error)) from error
        applying = set(steering.active_rules(person.pk).values_list("pk", flat=True))
        rules = [describe_rule(rule, rule.pk in applying) for rule in SteeringRule.objects.filter(person=person)]
        self.stdout.write(json.dumps(rules, indent=2) if options["json"] else "\n".join(map(word_rule, rules)))


def describe_rule(rule: SteeringRule, applies: bool) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "text": rule.text,
        "understood": rule.understood,
        "filters": rule.filters,
        "applies": applies,
        "expires_at": rule.expires_at.isoformat() if rule.expires_at else None,
    }


def word_rule(rule: dict[str, Any]) -> str:
    state = "on " if rule["applies"] else "off"
    return f"{rule['id']:>4}  {state}  {rule['understood']}  (“{rule['text']}”)"
