"""The filters as a SQL condition on full-text matches. Knows no words and no retriever."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from mediarec.library.models import Item


def filter_sql(items: QuerySet[Item], found: str) -> tuple[str, tuple[Any, ...]]:
    """A condition on the rows of the CTE `found`, which has a column `item_id`: that the item is one of `items`.

    Items are looked up by primary key (`= ANY(ARRAY(...))`): with a plain join the planner would read the whole library
    first. `IS TRUE` keeps the planner from turning the test into a join; it hashes the subquery instead, where a nested
    loop, chosen for the few rows it expects, would compare each row with each.
    """
    matched_ids = f"SELECT DISTINCT item_id FROM {found}"  # noqa: S608 - a constant of the caller's
    by_key = RawSQL(f'"library_item"."id" = ANY(ARRAY({matched_ids}))', [], output_field=BooleanField())  # noqa: S611
    statement, parameters = items.order_by().filter(by_key).values("pk").query.sql_with_params()
    return f"(item_id IN ({statement})) IS TRUE", tuple(parameters)
