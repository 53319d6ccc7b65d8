"""Which events end which: opposites and repeated marks are withdrawn, plays stand beside one another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mediarec.library.errors import MediarecError, NotFoundError, NotUnderstoodError
from mediarec.library.interactions import record_interaction, undo_withdrawal, withdraw_interaction
from mediarec.library.models import Interaction, Item, Person
from tests.people import START

pytestmark = pytest.mark.django_db


def record(person: Person, item: Item, *whats: str) -> None:
    for day, what in enumerate(whats):
        value = 0.5 if what == "rated" else None
        record_interaction(person.pk, item.pk, what, value=value, occurred_at=START + timedelta(days=day))


def list_standing(person: Person) -> list[str]:
    rows = Interaction.objects.filter(person=person, withdrawn_at__isnull=True).order_by("occurred_at")
    return list(rows.values_list("what", flat=True))


@pytest.mark.parametrize(
    ("recorded", "standing"),
    [
        (("disliked", "liked"), ["liked"]),
        (("liked", "disliked"), ["disliked"]),
        (("hidden", "liked"), ["liked"]),
        (("liked", "hidden"), ["hidden"]),
        (("disliked", "hidden"), ["disliked", "hidden"]),
        (("liked", "liked"), ["liked"]),
        (("rated", "rated"), ["rated"]),
        (("saved", "liked"), ["saved", "liked"]),
        (("played", "played", "finished"), ["played", "played", "finished"]),
    ],
)
def test_an_opposite_or_repeated_mark_ends_the_former(
    cy: Person, library: dict[str, Item], recorded: tuple[str, ...], standing: list[str]
) -> None:
    record(cy, library["Slow Film 9"], *recorded)
    assert list_standing(cy) == standing


def test_marks_of_other_people_and_on_other_items_stay(ana: Person, cy: Person, library: dict[str, Item]) -> None:
    record(ana, library["Slow Film 9"], "disliked")
    record(cy, library["Slow Film 8"], "disliked")
    record(cy, library["Slow Film 9"], "liked")
    assert "disliked" in list_standing(ana)
    assert sorted(list_standing(cy)) == ["disliked", "liked"]


def test_a_withdrawn_event_can_be_restored_unless_it_was_recorded_again(cy: Person, library: dict[str, Item]) -> None:
    record(cy, library["Slow Film 9"], "played")
    first = Interaction.objects.get(person=cy)
    withdraw_interaction(cy.pk, first.pk)
    assert list_standing(cy) == []
    undo_withdrawal(cy.pk, first.pk)
    assert list_standing(cy) == ["played"]
    withdraw_interaction(cy.pk, first.pk)
    record(cy, library["Slow Film 9"], "played")
    undo_withdrawal(cy.pk, first.pk)
    assert list_standing(cy) == ["played"]


def test_nobody_withdraws_or_restores_the_event_of_another(ana: Person, cy: Person) -> None:
    event = Interaction.objects.filter(person=ana).first()
    assert event is not None
    for change in (withdraw_interaction, undo_withdrawal):
        with pytest.raises(NotFoundError):
            change(cy.pk, event.pk)


@pytest.mark.parametrize(
    ("what", "values"), [("loved", {}), ("rated", {}), ("rated", {"value": 1.2}), ("played", {"progress": -0.1})]
)
def test_an_event_that_makes_no_sense_is_refused_with_a_sentence(
    cy: Person, library: dict[str, Item], what: str, values: dict[str, float]
) -> None:
    with pytest.raises(NotUnderstoodError, match=r"\.$"):
        record_interaction(cy.pk, library["Slow Film 9"].pk, what, **values)  # type: ignore[arg-type]


def test_an_unknown_item_is_not_found(cy: Person) -> None:
    with pytest.raises(MediarecError, match="no item number 0"):
        record_interaction(cy.pk, 0, "liked")
