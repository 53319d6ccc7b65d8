"""Document frequencies come from the planner's statistics, and decide which words of a quote may be missing."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection

from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item
from recommender.search import document_frequency, fulltext
from recommender.search.document_frequency import DocumentFrequencies

NOTHING_KNOWN = DocumentFrequencies()


def read(text: str) -> fulltext.TextQuery:
    return fulltext.parse_query(text, ["simple", "english"])


@pytest.mark.django_db
def test_frequencies_are_cached_only_once_the_table_is_analysed(library: dict[str, Item]) -> None:
    cache.clear()
    refresh_search([item.pk for item in library.values()])
    assert document_frequency.load_document_frequencies(Item) == NOTHING_KNOWN
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE library_item")
    known = document_frequency.load_document_frequencies(Item)
    assert known.rows == len(library)
    slow = Item.objects.filter(search="slow").count() / len(library)
    assert known.find_share(["slow"]) == pytest.approx(slow)
    assert known.find_share(["plorp"]) < min(known.shares.values())
    assert known.find_share(["plorp", "slow"]) == known.find_share(["slow"])
    assert known.expect_rows([["slow"], ["slow"]]) == pytest.approx(slow * slow * len(library))


@pytest.mark.django_db
def test_a_word_may_be_missing_if_the_others_are_rare_enough() -> None:
    common = DocumentFrequencies({"rain": 0.2, "night": 0.3, "umbrella": 0.0001}, 1_000_000)
    query = fulltext.build_all_but_one_query(read("rain night umbrella"), common)
    assert set(query.split(" | ")) == {"('rain' & 'umbrella')", "('night' & 'umbrella')"}
    small = DocumentFrequencies(common.shares, 1000)
    assert "('night' & 'rain')" in fulltext.build_all_but_one_query(read("rain night umbrella"), small)
    assert fulltext.build_all_but_one_query(read("rain night"), NOTHING_KNOWN) == ""
