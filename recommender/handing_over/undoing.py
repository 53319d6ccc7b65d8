"""Taking rows back that an archive brought, which is the same for every table that has a person."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Model

from mediarec.library.exporting.parts import Marks


def build_undo(model: type[Model]) -> Callable[[int, Marks], None]:
    """Removes those of the rows made that are this person's."""

    def remove_made(person_id: int, made: Marks) -> None:
        model._default_manager.filter(person_id=person_id, pk__in=made).delete()

    return remove_made
