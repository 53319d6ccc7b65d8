"""Facts of items, and the hashes that decide what must be regenerated."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_django import DjangoAssertNumQueries

from mediarec.library.models import Credit, Item, Kind, Role
from recommender.items.cards import ItemFacts
from recommender.items.facts import card_hash, facts_hash, load_facts
from tests.people import make_contributor, make_library


@pytest.mark.django_db
def test_facts_hold_what_the_tables_say(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    album = Item.objects.create(kind=Kind.ALBUM, title="Paper Lanterns", title_key="paper lanterns")
    track = Item.objects.create(
        kind=Kind.TRACK, title="Low Tide", title_key="low tide", year=2003, genres=["jazz"], parent=album
    )
    for position, name in enumerate(["Zoe", "Ada"]):
        Credit.objects.create(item=track, contributor=make_contributor(name), role=Role.ARTIST, position=position)
    with django_assert_num_queries(3):
        facts = load_facts([track.pk, 10**9])
    assert facts == {
        track.pk: ItemFacts(
            "track", "Low Tide", 2003, ("jazz",), people={"artist": ("Zoe", "Ada")}, parent_title="Paper Lanterns"
        )
    }


@pytest.mark.django_db
def test_many_items_take_as_many_queries_as_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ids = [item.pk for item in make_library().values()]
    with django_assert_num_queries(3):
        assert len(load_facts(ids)) == len(ids)


def test_any_fact_changes_the_facts_hash_and_only_card_text_the_card_hash() -> None:
    facts = ItemFacts("film", "Low Tide", 1990)
    assert facts_hash(facts) == facts_hash(replace(facts))
    assert facts_hash(facts) != facts_hash(replace(facts, runtime_seconds=60))
    assert card_hash(facts) == card_hash(replace(facts, runtime_seconds=60))
    assert card_hash(facts) != card_hash(replace(facts, year=1991))


def test_a_title_that_is_not_utf8_has_a_hash() -> None:
    assert len(facts_hash(ItemFacts("track", "caf\udce9"))) == 64
    assert len(card_hash(ItemFacts("track", "caf\udce9"))) == 64
