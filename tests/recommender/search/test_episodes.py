"""Episodes are found by title and subtitles; for matches by description their series is shown instead."""

from __future__ import annotations

import pytest
from django.db import connection

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item, Kind, Person
from recommender.models import Passage, WordSource
from recommender.retrieval.filters import filter_items
from recommender.search import pipeline
from recommender.search.types import SearchQuery
from recommender.types import Filters

pytestmark = pytest.mark.django_db


@pytest.fixture
def series() -> Item:
    made = Item.objects.create(kind=Kind.SERIES, title="Harbour Street", title_key="harbour street", genres=["crime"])
    for number, title in enumerate(("The Lantern", "Cold Rope"), start=1):
        part = Item.objects.create(kind=Kind.EPISODE, title=title, title_key=title.lower(), parent=made, number=number)
        Passage.objects.create(
            item=part, source=WordSource.SUBTITLES, start_seconds=61.0, text=f"Bring the {number} eels."
        )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE recommender_passage SET search = to_tsvector('english', text)")
    refresh_search(list(Item.objects.values_list("pk", flat=True)))
    return made


def search(person: Person, text: str, **filters: object) -> list[str]:
    wish = SearchQuery(person.pk, text, filters=Filters(include_seen=True, **filters))  # type: ignore[arg-type]
    return [line.title for line in pipeline.search(wish).items]


def test_an_episode_is_found_by_its_title_and_its_subtitles(series: Item, ana: Person) -> None:
    assert search(ana, "cold rope")[0] == "Cold Rope"
    assert set(search(ana, "bring eels")) == {"The Lantern", "Cold Rope"}
    assert search(ana, "harbour street")[0] == "Harbour Street"


def test_recommendations_offer_the_series_not_its_episodes(series: Item, ana: Person) -> None:
    offered = filter_items(Filters(), ana.pk).values_list("title", flat=True)
    assert "Harbour Street" in offered
    assert "Cold Rope" not in offered
    assert "Cold Rope" not in filter_items(Filters(), ana.pk, for_lookup=True).values_list("title", flat=True)
