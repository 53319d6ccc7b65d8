"""Remembers decisions on uncertain matches, so that the same row of a later import is not asked about again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from django.db.models import Q

from mediarec.library.errors import NotFoundError
from mediarec.library.importers.base import ParsedWork
from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Decision, ImportRow, Item, RememberedChoice


def fingerprint_work(work: ParsedWork) -> str:
    """A digest of what identifies the work. Descriptive fields (genres, synopsis, length) are left out: they change."""
    parent = work.parent
    identity = [
        *(work.kind, normalise_title(work.title), normalise_title(work.original_title), work.year),
        *(work.season, work.number, sorted(work.ids.items())),
        sorted((role, name) for role, names in work.people.items() for name in map(normalise_title, names)),
        [normalise_title(parent.title), parent.year] if parent else None,
    ]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def record_decision(row: ImportRow, decision: Decision, item: Item | None, *, for_everyone: bool) -> RememberedChoice:
    """Stores the decision for the row's fingerprint; replaces an earlier one."""
    work = ParsedWork.from_json(row.parsed["work"])
    choice, _ = RememberedChoice.objects.update_or_create(
        person=None if for_everyone else row.batch.person,
        fingerprint=fingerprint_work(work),
        defaults={
            "decision": decision,
            "item": item,
            "told": f"{work.title} ({work.year})" if work.year else work.title,
            "row": row,
        },
    )
    return choice


def find_decisions(person_id: int, works: Iterable[ParsedWork]) -> dict[str, RememberedChoice]:
    """Decisions by fingerprint, the person's before the household's. Skips "new" decisions without an item yet."""
    decided = RememberedChoice.objects.filter(Q(person_id=person_id) | Q(person=None))
    decided = decided.exclude(decision=Decision.NEW, item=None)
    if not decided.exists():
        return {}
    fingerprints = {fingerprint_work(work) for work in works}
    found = decided.filter(fingerprint__in=fingerprints).select_related("item")
    return {choice.fingerprint: choice for choice in sorted(found, key=lambda choice: choice.person_id is not None)}


def record_created_item(row: ImportRow) -> None:
    """Completes a "new" decision once its item exists: the next such row matches it."""
    RememberedChoice.objects.filter(row=row, decision=Decision.NEW, item=None).update(item=row.item_id)


def list_decisions(person_id: int) -> list[RememberedChoice]:
    """Decisions of this person and of the household, the newest first."""
    rows = RememberedChoice.objects.filter(Q(person_id=person_id) | Q(person=None))
    return list(rows.select_related("item", "row").order_by("-created_at"))


def delete_decision(person_id: int, choice_id: int) -> None:
    """Forgets a decision; items added by it stay. Raises NotFoundError, also for another person's."""
    choice = RememberedChoice.objects.filter(Q(person_id=person_id) | Q(person=None), pk=choice_id).first()
    if choice is None:
        raise NotFoundError("There is no such choice of yours.")
    choice.delete()
