"""Filters on full-text matches: looked up by key, for any filter, and before the best are chosen."""

from __future__ import annotations

import pytest
from django.contrib.postgres.search import SearchVectorField
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.db.models.functions import Cast

from mediarec.library.models import InteractionType, Item, Kind, Person
from recommender.models import Passage, WordSource
from recommender.retrieval.filters import filter_items
from recommender.search import filter_sql, pipeline, retrievers
from recommender.search.types import SearchQuery
from recommender.types import Filters
from tests.people import make_ana, make_library
from tests.recommender.checkerboard import act

pytestmark = pytest.mark.django_db
NOBODY = 0
LINE = "the lighthouse keeper counts herring"


@pytest.fixture
def library() -> dict[str, Item]:
    cache.clear()
    library = make_library()
    for title in ("Slow Film 1", "Slow Film 2", "City Clip 1"):
        Passage.objects.create(item=library[title], source=WordSource.SUBTITLES, start_seconds=60.0, text=LINE)
    Passage.objects.update(search=Cast(F("text"), SearchVectorField()))
    return library


def find_said(person_id: int, filters: Filters) -> set[int]:
    answer = pipeline.retrieve(SearchQuery(person_id, LINE, filters=filters))
    return {hit.item_id for leg in answer.result_lists if leg.name == retrievers.SAID for hit in leg.hits}


def test_passages_are_found_only_in_items_that_match_the_filters(library: dict[str, Item]) -> None:
    films = {library[title].pk for title in ("Slow Film 1", "Slow Film 2")}
    assert find_said(NOBODY, Filters()) == films | {library["City Clip 1"].pk}
    known = Filters(year_from=1800, kinds=(Kind.FILM.value,))
    assert find_said(NOBODY, known) == films
    assert find_said(NOBODY, Filters(year_from=2900)) == set()


def test_hidden_items_stay_excluded_with_filters(library: dict[str, Item]) -> None:
    ana: Person = make_ana()
    act(ana, library["Slow Film 1"], InteractionType.HIDDEN)
    assert find_said(ana.pk, Filters(year_from=1800, kinds=(Kind.FILM.value,))) == {library["Slow Film 2"].pk}


def test_the_condition_selects_exactly_the_matches_that_pass_any_filter(library: dict[str, Item]) -> None:
    matched_ids = [library["Slow Film 1"].pk, library["City Clip 1"].pk]
    for filters in (Filters(none_words=("slow%s",)), Filters(any_words=("slow", "drama")), Filters(people=("Nobody",))):
        items = filter_items(filters, NOBODY)
        condition, parameters = filter_sql.filter_sql(items, "found")
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH found AS (SELECT unnest(%s::bigint[]) AS item_id) SELECT item_id FROM found WHERE {condition}",  # noqa: S608
                [matched_ids, *parameters],
            )
            listed = {row[0] for row in cursor.fetchall()}
        assert listed == set(items.filter(pk__in=matched_ids).values_list("pk", flat=True))
