"""Dating the rows that an archive restores, and removing them on undo. The same for every table with a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Model

from mediarec.library.person_archive.item_records import parse_time
from mediarec.library.person_archive.tables import RowIds


def build_undo(model: type[Model]) -> Callable[[int, RowIds], None]:
    """A function that removes those of the given rows that are this person's."""

    def remove_rows(person_id: int, row_ids: RowIds) -> None:
        model._default_manager.filter(person_id=person_id, pk__in=row_ids).delete()

    return remove_rows


def read_time(value: Any) -> datetime | None:
    try:
        return parse_time(value)
    except ValueError:
        return None


def date_row(row: Model, field: str, value: Any) -> None:
    """Sets the time given by the archive on a row just created; leaves it alone where that is not a time."""
    at = read_time(value)
    if at is not None:
        type(row)._default_manager.filter(pk=row.pk).update(**{field: at})
