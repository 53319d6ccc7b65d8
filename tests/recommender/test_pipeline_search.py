"""Search finds by words, by beginnings, by what was seen; and says when there is nothing."""

from __future__ import annotations

import pytest
from django.contrib.postgres.search import SearchVector
from django.core.management import call_command
from django.core.management.base import CommandError

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import InteractionType, Item, Person
from recommender import pipeline
from recommender.types import Filters
from tests.commands import run_json
from tests.people import make_ana, make_library
from tests.recommender.checkerboard import act

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Person:
    make_library()
    Item.objects.filter(title="City Clip 1").update(title="Blade Runners at Night", synopsis="A walk through Osaka.")
    Item.objects.update(search=SearchVector("title", "synopsis", config="simple"))
    return make_ana()


def find(person: Person, text: str, **filters: object) -> list[str]:
    wish = pipeline.SearchQuery(person.pk, text, filters=Filters(**filters))  # type: ignore[arg-type]
    return [item.title for item in pipeline.search(wish).items]


def test_a_whole_word_a_beginning_and_a_synopsis_are_found(ana: Person) -> None:
    for text in ("runners", "blade run", "osaka"):
        assert find(ana, text) == ["Blade Runners at Night"]


def test_filters_narrow_a_search(ana: Person) -> None:
    assert len(find(ana, "slow", kinds=("film",))) == 12
    assert find(ana, "slow", kinds=("track",)) == []


def test_seen_items_are_found_and_hidden_ones_are_not(ana: Person) -> None:
    act(ana, Item.objects.get(title="Slow Film 12"), InteractionType.HIDDEN)
    found = find(ana, "slow film")
    assert "Slow Film 1" in found
    assert "Slow Film 12" not in found


def test_nothing_found_is_said_and_nothing_asked_finds_nothing(ana: Person) -> None:
    slate = pipeline.search(pipeline.SearchQuery(ana.pk, "zzyzx"))
    assert (slate.items, slate.note) == ((), "Nothing here matches “zzyzx”.")
    assert find(ana, "   ") == []


@pytest.mark.parametrize("text", ["'; DROP TABLE", "((", "%_\\", "& | !"])
def test_odd_characters_alone_find_nothing(ana: Person, text: str) -> None:
    assert find(ana, text) == []


@pytest.mark.parametrize("text", ["(blade", "blade & | !", "'blade'", "%blade%", "\x00blade", "\udcffblade"])
def test_odd_characters_beside_a_word_do_not_hide_what_it_finds(ana: Person, text: str) -> None:
    assert find(ana, text) == ["Blade Runners at Night"]


def test_the_command_prints_the_promised_json(ana: Person) -> None:
    answer = run_json("recommend", "--person", "ana", "--limit", 5, "--kinds", "film,track")
    assert list(answer) == ["person", "ranker", "items"]
    assert answer["person"] == "ana"
    assert len(answer["items"]) == 5
    first = answer["items"][0]
    assert list(first) == ["id", "kind", "title", "year", "score", "sources", "evidence", "explanation"]
    assert list(first["evidence"][0]) == ["type", "item_id", "text"]


def test_the_command_lists_who_exists_when_nobody_is_called_that(ana: Person) -> None:
    with pytest.raises(CommandError, match="There is nobody called 'zoe'; there are ana"):
        call_command("recommend", "--person", "zoe")


def test_the_command_refuses_an_unknown_kind(ana: Person) -> None:
    with pytest.raises(CommandError, match="'book' is not a kind"):
        call_command("recommend", "--person", "ana", "--kinds", "book")


def test_where_another_form_of_a_word_stands_is_not_guessed(ana: Person) -> None:
    item = Item.objects.create(kind="film", title="Quiet Hours", tags=["rain"])
    refresh_search([item.pk])
    (line,) = pipeline.search(pipeline.SearchQuery(ana.pk, "raining")).items
    assert (line.title, line.explanation) == ("Quiet Hours", "Matched on what is written about it")
