"""Remembered decisions on doubtful rows: whose word holds for whom."""

from __future__ import annotations

import pytest

from mediarec.library.errors import NotFoundError
from mediarec.library.importers.base import ParsedWork
from mediarec.library.match_decisions import delete_decision, find_decisions, fingerprint_work
from mediarec.library.models import Item, Person, RememberedChoice

pytestmark = pytest.mark.django_db
HEAT = ParsedWork("film", "Heat")


def decide(person: Person | None, item: Item | None, decision: str = "item") -> RememberedChoice:
    fingerprint = fingerprint_work(HEAT)
    return RememberedChoice.objects.create(
        person=person, fingerprint=fingerprint, decision=decision, item=item, told="Heat"
    )


def find_item(person: Person) -> Item | None:
    found = find_decisions(person.pk, [HEAT, ParsedWork("film", "Ran")])
    assert set(found) <= {fingerprint_work(HEAT)}
    return found[fingerprint_work(HEAT)].item if found else None


@pytest.mark.parametrize("is_own_first", [True, False])
def test_ones_own_decision_goes_before_the_households(
    ana: Person, bo: Person, library: dict[str, Item], is_own_first: bool
) -> None:
    own, households = library["Slow Film 1"], library["Slow Film 2"]
    for person, item in ((ana, own), (None, households))[:: 1 if is_own_first else -1]:
        decide(person, item)
    assert find_item(ana) == own
    assert find_item(bo) == households


def test_a_decision_for_a_new_item_holds_once_that_item_is_there(ana: Person, library: dict[str, Item]) -> None:
    waiting = decide(ana, None, "new")
    assert find_item(ana) is None
    waiting.item = library["Slow Film 1"]
    waiting.save()
    assert find_item(ana) == library["Slow Film 1"]


def test_nobody_forgets_the_decision_of_another(ana: Person, bo: Person, library: dict[str, Item]) -> None:
    decision = decide(ana, library["Slow Film 1"])
    with pytest.raises(NotFoundError):
        delete_decision(bo.pk, decision.pk)
    delete_decision(ana.pk, decision.pk)
    assert find_item(ana) is None
