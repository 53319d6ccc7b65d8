"""A language model's order of a list: repaired where it is broken, ignored where it is none, off by default."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from pytest_django import Settings

from mediarec.library.errors import UnavailableError
from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Person
from recommender.backends import registry
from recommender.chat import llm_reranking, turns
from recommender.chat.llm_reranking import repair_order
from tests.people import make_ana, make_library


class FakeReader:
    name = "fake"

    def __init__(self, text: str) -> None:
        self.text = text

    def write(self, system: str, facts: Sequence[str], max_tokens: int, schema: Mapping[str, Any] | None = None) -> str:
        if not self.text:
            raise UnavailableError("It hangs.")
        return self.text

    def stream(self, system: str, facts: Sequence[str], max_tokens: int) -> Iterator[str]:
        yield self.text

    def is_healthy(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ('{"order": [3, 1, 2, 4]}', [2, 0, 1, 3]),
        ("[4, 3, 2, 1]", [3, 2, 1, 0]),
        ('{"order": [2, 2, 2, 2]}', [1, 0, 2, 3]),  # repeats itself
        ('{"order": [9, 0, -1, 3]}', [2, 0, 1, 3]),  # out of range
        ('{"order": [3, true, "2", null, 2.0]}', [2, 0, 1, 3]),  # no numbers
        ('{"order": [4, 2, ', [3, 1, 0, 2]),  # breaks off
        ("I would say 2 > 4, in 1994.", [1, 3, 0, 2]),
        ('{"order": []}', None),
        ('{"order": "first"}', None),
        ("", None),
        ("All of them are lovely!", None),
        ("17", None),
    ],
)
def test_an_invalid_order_is_repaired_or_rejected(text: str, order: list[int] | None) -> None:
    assert repair_order(text, 4) == order


@pytest.mark.parametrize("text", ['{"order": [5, 5, 900, 2]}', "1 2 3", '{"order": [20, 19]}'])
def test_a_repaired_order_is_a_permutation(text: str) -> None:
    order = repair_order(text, 20)
    assert order is not None and sorted(order) == list(range(20))


@pytest.fixture
def ana(db: None) -> Person:
    refresh_search([item.pk for item in make_library().values()])
    return make_ana()


def ask(ana: Person, number: int) -> tuple[list[int], tuple[str, ...]]:
    answer = turns.answer(ana.pk, uuid.UUID(int=number), "a film")
    return answer.turn.item_ids, answer.tools


def test_it_is_off_by_default_and_only_reorders(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, ana: Person
) -> None:
    monkeypatch.setattr(registry, "load_slot_filler", lambda: FakeReader('{"order": [7, 6, 5, 4, 3, 2, 1]}'))
    plain, tools = ask(ana, 1)
    assert not llm_reranking.is_on() and "reordered" not in tools[-1]
    settings.LLM_REORDERS = True
    moved, tools = ask(ana, 2)
    assert moved != plain and len(moved) == len(plain)
    assert tools[-1].endswith("reordered by fake")


@pytest.mark.parametrize("reader", [None, FakeReader(""), FakeReader("no order at all")])
def test_without_an_order_the_list_and_its_ranker_are_unchanged(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, ana: Person, reader: FakeReader | None
) -> None:
    settings.LLM_REORDERS = True
    monkeypatch.setattr(registry, "load_slot_filler", lambda: reader)
    shown, tools = ask(ana, 3)
    assert shown and "reordered" not in tools[-1]
