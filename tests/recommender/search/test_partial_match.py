"""A description in a person's own words finds items that share its rare words."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item, Kind, Person
from recommender.retrieval.filters import filter_items
from recommender.search import fulltext, partial_match, pipeline, retrievers
from recommender.search.document_frequency import DocumentFrequencies
from recommender.search.types import SearchQuery
from recommender.types import Filters
from tests.people import make_library

pytestmark = pytest.mark.django_db
NOBODY = 0
QUESTION = "the whale of a travelling circus arrives in winter"


@pytest.fixture
def library() -> dict[str, Item]:
    cache.clear()
    library = make_library()
    for title, synopsis in {
        "Slow Film 1": "A circus brings a stuffed whale to a town in winter.",
        "Slow Film 2": "A winter of writing letters.",
        "Slow Film 3": "Ein Zirkus zeigt im Winter einen Wal.",
    }.items():
        Item.objects.filter(title=title).update(synopsis=synopsis, language="de" if "Ein " in synopsis else "en")
    refresh_search([item.pk for item in library.values()])
    return library


def find(text: str, items: Filters | None = None) -> list[tuple[int, float]]:
    words = fulltext.parse_query(text, fulltext.list_spoken_configs()).words
    return partial_match.find_partial_matches(filter_items(items, NOBODY) if items else None, words, 10)


def test_items_with_most_of_the_rare_words_match_and_one_word_is_not_enough(library: dict[str, Item]) -> None:
    matches = find(QUESTION)
    assert [item_id for item_id, _ in matches] == [library["Slow Film 1"].pk]
    assert partial_match.LEAST_COVERED <= matches[0][1] < 1


def test_a_filter_goes_into_the_search(library: dict[str, Item]) -> None:
    assert find(QUESTION, Filters(kinds=(Kind.TRACK.value,))) == []
    assert len(find(QUESTION, Filters(kinds=(Kind.FILM.value,)))) == 1


def test_another_language_is_stemmed_by_its_own_rules(library: dict[str, Item]) -> None:
    assert [item_id for item_id, _ in find("ein Wal im Zirkus im Winter in einer Stadt")] == [library["Slow Film 3"].pk]


def test_common_words_are_ignored_and_rare_words_weigh_most() -> None:
    common = DocumentFrequencies({"film": 0.6, "winter": 0.02, "circus": 0.004}, 1000)
    weighed = partial_match.inverse_document_frequencies([["film"], ["winter"], ["circus"], ["plorp"]], common)
    assert [stems for stems, _ in weighed] == [["winter"], ["circus"], ["plorp"]]
    weights = [weight for _, weight in weighed]
    assert weights == sorted(weights)


@pytest.mark.parametrize("text", ["", "the of and", "'; DROP TABLE x; --", "a & b | !c <-> :*", "\x00", "w " * 300])
def test_any_query_text_is_safe(library: dict[str, Item], text: str) -> None:
    assert find(text) == []


def test_it_runs_only_if_no_item_has_every_word(ana: Person) -> None:
    wish = SearchQuery(ana.pk, QUESTION, filters=Filters(include_seen=True))
    assert retrievers.PARTLY in {leg.name for leg in pipeline.retrieve(wish).result_lists}
    exact = SearchQuery(ana.pk, "circus whale", filters=Filters(include_seen=True))
    assert retrievers.PARTLY not in {leg.name for leg in pipeline.retrieve(exact).result_lists}


def test_the_page_names_the_field_that_matched(ana: Person, library: dict[str, Item]) -> None:
    first = pipeline.search(SearchQuery(ana.pk, QUESTION, filters=Filters(include_seen=True))).items[0]
    assert (first.item_id, first.matched_on) == (library["Slow Film 1"].pk, "description")
