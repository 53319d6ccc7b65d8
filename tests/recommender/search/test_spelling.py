"""A misspelt query finds the intended title or person, and the page shows the correction."""

from __future__ import annotations

import pytest

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Credit, Item, Kind, Person, Role
from recommender.retrieval.filters import filter_items
from recommender.search import pipeline, spelling
from recommender.search.types import SearchQuery
from recommender.types import Filters
from tests.people import make_contributor

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> dict[str, Item]:
    made = {}
    for title, director in (
        ("Casablanca", "Michael Curtiz"),
        ("Vertigo", "Alfred Hitchcock"),
        ("Rope", "Alfred Hitchcock"),
    ):
        made[title] = Item.objects.create(
            kind=Kind.FILM, title=title, title_key=title.lower(), synopsis="A quiet room."
        )
        Credit.objects.create(item=made[title], contributor=make_contributor(director), role=Role.DIRECTOR)
    refresh_search([item.pk for item in made.values()])
    return made


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("casablnca", "casablanca"),
        ("Hichcock", "hitchcock"),
        ("alferd hitchcok", "alfred hitchcock"),
        ("vertgio", "vertigo"),
        ("casblnca", "casablanca"),  # two slips in a long word
        ("vrtgo", None),  # but only one in a short one
        ("casablanca", None),  # as it stands there
        ("quiet", None),  # no name, and still a word that is known
        ("rpe", None),  # too short: it could be anything
        ("xkcdqv plorp", None),
        ("the one with the casablnca bar in it", None),  # a description
        ("", None),
        ("'; DROP TABLE x; --", None),
    ],
)
def test_unknown_words_become_the_nearest_known_word(shelf: dict[str, Item], typed: str, meant: str | None) -> None:
    assert spelling.correct(typed) == meant


def test_the_item_is_found_and_the_correction_is_shown(shelf: dict[str, Item], ana: Person) -> None:
    slate = pipeline.search(SearchQuery(ana.pk, "hichcock", filters=Filters(include_seen=True)))
    assert {line.title for line in slate.items} == {"Vertigo", "Rope"}
    assert slate.note == "Nothing here is spelt “hichcock”; read as “hitchcock”."
    assert {line.matched_on for line in slate.items} == {"a spelling near it"}


def test_filters_apply_to_the_corrected_query(shelf: dict[str, Item], ana: Person) -> None:
    slate = pipeline.search(
        SearchQuery(ana.pk, "hichcock", filters=Filters(kinds=(Kind.TRACK.value,), include_seen=True))
    )
    assert (slate.items, slate.note) == ((), "Nothing here matches “hichcock” with these filters.")
    assert filter_items(Filters(), ana.pk).filter(pk=shelf["Rope"].pk).exists()


def test_a_new_title_is_known_at_once(shelf: dict[str, Item]) -> None:
    assert spelling.correct("nostalghai") is None
    Item.objects.create(kind=Kind.FILM, title="Nostalghia", title_key="nostalghia")
    assert spelling.correct("nostalghai") == "nostalghia"
