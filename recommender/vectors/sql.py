"""SQL conditions on whole arrays of ids. Knows no table."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Value


class _EqualsAny(Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def any_of(column: str, ids: Iterable[int]) -> Func:
    """For `filter(any_of("pk", ids))`: `= ANY(%s)` with one array parameter. Hundreds of single parameters cost more
    than the query.
    """
    return _EqualsAny(F(column), Value(list(ids), output_field=ArrayField(BigIntegerField())))
