"""Which of the works that words found fit the filters, as a part of a statement. Knows no words and no leg."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from mediarec.library.models import Item


def filter_sql(items: QuerySet[Item], found: str) -> tuple[str, tuple[Any, ...]]:
    """A condition on the rows of `found`, a part of a WITH with a column `item_id`: that it is one of `items`.

    These are looked up by key: joined as it is, a filter makes the planner read the whole library first. And they are
    hashed, which the planner does to a test that it cannot turn into a join: it expects a handful of them, and would
    compare each row with each.
    """
    held = f"SELECT DISTINCT item_id FROM {found}"  # noqa: S608 - a constant of the caller's
    by_key = RawSQL(f'"library_item"."id" = ANY(ARRAY({held}))', [], output_field=BooleanField())  # noqa: S611
    statement, parameters = items.order_by().filter(by_key).values("pk").query.sql_with_params()
    return f"(item_id IN ({statement})) IS TRUE", tuple(parameters)
