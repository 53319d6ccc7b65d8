"""Works whose text holds the telling words of a question, though not all of them. Knows no vectors and no fusion.

A person describes a work in words of their own, and some of them stand in its synopsis. Each counts by how rare it is
in this library (Sparck Jones, 1972); a work is found when what it holds outweighs enough of the question.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from mediarec.library.models import Item
from recommender.search import filter_sql, fulltext
from recommender.search.document_frequency import DocumentFrequencies, load_document_frequencies

# On the demo catalogue 52 of 54 right answers to the checked-in questions about texts hold more, and no two words of
# any question without an answer (`prior.OFF_TOPIC`) stand in one work.
LEAST_COVERED = 0.4
MIN_MATCHED = 2  # one rare word in common is chance
FILL_SHARE = 0.05  # a word in more than this share of the works says nothing, and would be looked up for long


def find_partial_matches(
    items: QuerySet[Item] | None, words: Sequence[list[str]], limit: int, least_covered: float = LEAST_COVERED
) -> list[tuple[int, float]]:
    """(item, share of the question's weight that it holds), best first; of equals the better known. None: all items."""
    weights = inverse_document_frequencies(words, load_document_frequencies(Item))
    if len(weights) < MIN_MATCHED:
        return []
    total = sum(weight for _, weight in weights)
    part = "SELECT id, popularity, %s::float8 AS weight FROM library_item WHERE search @@ %s::tsquery"
    among, more = ("", ()) if items is None else filter_sql.filter_sql(items, "held")
    statement = (
        "WITH held AS MATERIALIZED (SELECT id AS item_id, popularity, sum(weight) / %s AS covered "  # noqa: S608 - the parts are constants and Django's
        f"FROM ({' UNION ALL '.join([part] * len(weights))}) AS each_word "
        "GROUP BY id, popularity HAVING count(*) >= %s AND sum(weight) >= %s) "
        f"SELECT item_id, covered FROM held {among and f'WHERE {among}'} "
        "ORDER BY covered DESC, popularity DESC, item_id LIMIT %s"
    )
    parts = [value for stems, weight in weights for value in (weight, fulltext.build_word(stems))]
    with connection.cursor() as cursor:
        cursor.execute(statement, [total, *parts, MIN_MATCHED, least_covered * total, *more, limit])
        return [(item_id, float(covered)) for item_id, covered in cursor.fetchall()]


def inverse_document_frequencies(
    words: Sequence[list[str]], common: DocumentFrequencies
) -> list[tuple[list[str], float]]:
    """Each word that says something, with how much: the rarer in this library, the more."""
    shares = [(stems, common.find_share(stems)) for stems in words]
    return [(stems, -math.log(share)) for stems, share in shares if share <= FILL_SHARE]
