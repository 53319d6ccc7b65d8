"""Partial text matches: items that contain enough of a query's words, weighted by IDF. Knows no vectors and no fusion.

A description in a person's own words shares only some words with the synopsis. Each counts by its inverse document
frequency in this library (Sparck Jones, 1972); an item matches if its words cover enough of the query's total weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from mediarec.library.models import Item
from recommender.search import filter_sql, fulltext
from recommender.search.document_frequency import DocumentFrequencies, load_document_frequencies

# On the demo catalogue 52 of 54 correct answers to the checked-in text queries cover more, and no item contains two
# words of any query without an answer (`hubness.OFF_TOPIC`).
LEAST_COVERED = 0.4
MIN_MATCHED = 2  # one shared rare word is chance
MAX_DOCUMENT_FREQUENCY = (
    0.05  # words in more than this share of the items are ignored: uninformative and slow to look up
)


def find_partial_matches(
    items: QuerySet[Item] | None, words: Sequence[list[str]], limit: int, least_covered: float = LEAST_COVERED
) -> list[tuple[int, float]]:
    """(item ID, covered share of the query's weight), best first, ties by popularity. `items` None means all items."""
    weights = inverse_document_frequencies(words, load_document_frequencies(Item))
    if len(weights) < MIN_MATCHED:
        return []
    total = sum(weight for _, weight in weights)
    per_word = "SELECT id, popularity, %s::float8 AS weight FROM library_item WHERE search @@ %s::tsquery"
    condition, more = ("", ()) if items is None else filter_sql.filter_sql(items, "held")
    # One row per (item, matched word) from `each_word`, summed per item; the filter then reads matching items only.
    statement = (
        "WITH held AS MATERIALIZED (SELECT id AS item_id, popularity, sum(weight) / %s AS covered "  # noqa: S608 - the parts are constants and Django's
        f"FROM ({' UNION ALL '.join([per_word] * len(weights))}) AS each_word "
        "GROUP BY id, popularity HAVING count(*) >= %s AND sum(weight) >= %s) "
        f"SELECT item_id, covered FROM held {condition and f'WHERE {condition}'} "
        "ORDER BY covered DESC, popularity DESC, item_id LIMIT %s"
    )
    parts = [value for stems, weight in weights for value in (weight, fulltext.build_word_query(stems))]
    with connection.cursor() as cursor:
        cursor.execute(statement, [total, *parts, MIN_MATCHED, least_covered * total, *more, limit])
        return [(item_id, float(covered)) for item_id, covered in cursor.fetchall()]


def inverse_document_frequencies(
    words: Sequence[list[str]], common: DocumentFrequencies
) -> list[tuple[list[str], float]]:
    """The words that are rare enough to be informative, with their IDF weights."""
    shares = [(stems, common.find_share(stems)) for stems in words]
    return [(stems, -math.log(share)) for stems, share in shares if share <= MAX_DOCUMENT_FREQUENCY]
