"""Models and readers that could not be loaded here: rows that workers and pages read alike. Knows no model.

What is noted is passed over until it can be loaded; what else can be read of an item is read meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from mediarec.library.errors import NotLoadedError
from recommender.models import LoadFailure, Reading

Value = TypeVar("Value")
NEVER = ""  # a version that no reader has: the item is read again


@dataclass(frozen=True)
class Unloaded:
    """`waiting` items were read without this part, and are read again when it can be loaded."""

    part: str
    reason: str
    waiting: int


@dataclass
class Attempts:
    """One item's parts, one after the other: `skipped` names those that could not be loaded."""

    skipped: list[str] = field(default_factory=list)

    def make(self, part: str, work: Callable[[], Value]) -> Value | None:
        """None where the part cannot be loaded, or could not be before in this run."""
        if part not in list_unloaded():
            try:
                return work()
            except NotLoadedError as error:
                note_load_failure(error)
        self.skipped.append(part)
        return None


def find_load_failures() -> list[Unloaded]:
    return [
        Unloaded(row.part, row.reason, Reading.objects.filter(skipped__contains=[row.part]).count())
        for row in LoadFailure.objects.order_by("part")
    ]


def list_unloaded() -> frozenset[str]:
    return frozenset(LoadFailure.objects.values_list("part", flat=True))


def note_load_failure(error: NotLoadedError) -> None:
    LoadFailure.objects.update_or_create(part=error.part, defaults={"reason": str(error), "tried_at": timezone.now()})


def try_again(loaders: Mapping[str, Callable[[], None]]) -> list[str]:
    """Loads what could not be loaded before; returns what can be now. Its items count as unread from here on."""
    loaded = []
    for part in sorted(list_unloaded()):
        try:
            if part in loaders:  # else nothing asks for it any more
                loaders[part]()
        except NotLoadedError as error:
            note_load_failure(error)
        else:
            _forget(part)
            loaded.append(part)
    return loaded


def claim_due(rest: timedelta) -> bool:
    """Whether anything was last tried longer ago than that; it counts as tried now, so that it is asked for once."""
    due = LoadFailure.objects.filter(tried_at__lt=timezone.now() - rest)
    return due.update(tried_at=timezone.now()) > 0


@transaction.atomic
def _forget(part: str) -> None:
    LoadFailure.objects.filter(part=part).delete()
    Reading.objects.filter(skipped__contains=[part]).update(version=NEVER)
