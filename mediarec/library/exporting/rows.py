"""Rows that an archive brings: dated as they were, and taken back. The same for every table that has a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Model

from mediarec.library.exporting.described import parse_time
from mediarec.library.exporting.parts import Marks


def build_undo(model: type[Model]) -> Callable[[int, Marks], None]:
    """Removes those of the rows made that are this person's."""

    def remove_made(person_id: int, made: Marks) -> None:
        model._default_manager.filter(person_id=person_id, pk__in=made).delete()

    return remove_made


def read_time(said: Any) -> datetime | None:
    try:
        return parse_time(said)
    except ValueError:
        return None


def date_row(row: Model, field: str, said: Any) -> None:
    """A row that is made is dated now; the archive says when it really was. What is no time leaves it so."""
    at = read_time(said)
    if at is not None:
        type(row)._default_manager.filter(pk=row.pk).update(**{field: at})
