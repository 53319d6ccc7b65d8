"""Full-text search over passages of subtitles, lyrics and text in pictures. Knows no other retriever."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from mediarec.library.models import Item
from recommender.search import filter_sql

MOST_READ = 400  # passages; a query of everyday words matches thousands
MOST_RANKED = 2000

# `matching` carries whole rows: with a second look-up by key, the planner would read the whole table.
MATCHING = (
    "WITH matching AS MATERIALIZED (SELECT id, item_id, source, start_seconds, text, is_certain, search "
    "FROM recommender_passage WHERE search @@ to_tsquery('simple', %s){bound}) "
    "SELECT item_id, source, start_seconds, text, is_certain FROM (SELECT * FROM matching{fitting}) AS fit "
    "ORDER BY ts_rank_cd(search, to_tsquery('simple', %s)) DESC, start_seconds, id LIMIT %s"
)


class Row(NamedTuple):
    """One passage. `start_seconds` is None for text without a time."""

    item_id: int
    source: str
    start_seconds: float | None
    text: str
    is_certain: bool


def find_best(query: str, items: QuerySet[Item] | None = None) -> dict[int, Row]:
    """The best passage of each item, best first. `query` is a tsquery of stems; `items` None means all items."""
    bound = f" LIMIT {MOST_RANKED}"
    condition, parameters = ("", ()) if items is None else filter_sql.filter_sql(items, "matching")
    statement = (
        MATCHING.format(bound=bound, fitting="")
        if items is None
        else MATCHING.format(bound="", fitting=f" WHERE {condition}{bound}")
    )
    best: dict[int, Row] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [query, *parameters, query, MOST_READ])
        for row in map(Row._make, cursor.fetchall()):
            best.setdefault(row.item_id, row)
    return best
