"""The chat, rules and profile commands."""

import json
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Person
from recommender.models import SteeringRule
from tests.commands import run_json
from tests.people import make_ana, make_library


@pytest.fixture
def ana(db: None) -> Person:
    refresh_search([item.pk for item in make_library().values()])
    return make_ana()


def talk(monkeypatch: pytest.MonkeyPatch, *messages: str) -> list[dict[str, Any]]:
    monkeypatch.setattr("sys.stdin", StringIO("\n".join(messages) + "\n"))
    out = StringIO()
    call_command("chat", "--person", "ana", "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_all_lines_are_one_conversation(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, empty = talk(monkeypatch, "a slow film", "the second one, but older", "")
    assert set(first) == {"understood", "tools", "items", "question", "reply", "reply_source"}
    assert first["understood"] == ["films", "slow"] and first["items"] and first["reply_source"] == "template"
    assert f"like {first['items'][1]['title']}" in second["understood"]
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}
    assert empty["items"] == [] and "Say what you are in the mood for" in empty["reply"]


def test_a_confirmed_rule_is_stored_listed_and_undone(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal, confirmation = talk(monkeypatch, "from now on less drama", "yes")
    assert any(tool.startswith("try rule") for tool in proposal["tools"]) and "Keep this rule?" in proposal["reply"]
    assert confirmation["tools"] == ["add rule: Less drama, from now on."]
    rule = SteeringRule.objects.get()
    rows = run_json("rules", "--person", "ana", "--undo", rule.pk)
    assert [(row["id"], row["applies"]) for row in rows] == [(rule.pk, False)]
    with pytest.raises(CommandError, match="not there"):
        run_json("rules", "--person", "ana", "--undo", 987654)


def test_statements_can_be_listed_added_and_deleted(ana: Person) -> None:
    profile = partial(run_json, "profile", "--person", "ana")
    before = profile()
    assert before and all(row["evidence"] for row in before)
    added = next(row for row in profile("--against", "loud metal") if row["own_words"])
    assert (added["text"], added["sign"]) == ("loud metal", -1)
    assert profile("--delete", added["id"]) == before
    with pytest.raises(CommandError, match="no such sentence"):
        profile("--undo", 987654)
