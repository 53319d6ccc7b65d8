"""What a person said of a doubtful row, kept so that the same row of a later import need not ask again."""

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
    """A digest of what names the work. What only describes it (genres, a synopsis, a length) may change meanwhile."""
    above = work.parent
    named = [
        *(work.kind, normalise_title(work.title), normalise_title(work.original_title), work.year),
        *(work.season, work.number, sorted(work.ids.items())),
        sorted((role, name) for role, names in work.people.items() for name in map(normalise_title, names)),
        [normalise_title(above.title), above.year] if above else None,
    ]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def record_decision(row: ImportRow, decision: Decision, item: Item | None, *, for_everyone: bool) -> RememberedChoice:
    """The newest word on these words of a file holds."""
    work = ParsedWork.from_json(row.parsed["work"])
    kept, _ = RememberedChoice.objects.update_or_create(
        person=None if for_everyone else row.batch.person,
        fingerprint=fingerprint_work(work),
        defaults={
            "decision": decision,
            "item": item,
            "told": f"{work.title} ({work.year})" if work.year else work.title,
            "row": row,
        },
    )
    return kept


def find_decisions(person_id: int, works: Iterable[ParsedWork]) -> dict[str, RememberedChoice]:
    """By fingerprint; a person's own word goes before the household's. One that waits for its item is none yet."""
    holding = RememberedChoice.objects.filter(Q(person_id=person_id) | Q(person=None))
    holding = holding.exclude(decision=Decision.NEW, item=None)
    if not holding.exists():
        return {}
    wanted = {fingerprint_work(work) for work in works}
    found = holding.filter(fingerprint__in=wanted).select_related("item")
    return {choice.fingerprint: choice for choice in sorted(found, key=lambda one: one.person_id is not None)}


def record_created_item(row: ImportRow) -> None:
    """The row was said to be new, and its item is there now: the next such row is this item."""
    RememberedChoice.objects.filter(row=row, decision=Decision.NEW, item=None).update(item=row.item_id)


def list_decisions(person_id: int) -> list[RememberedChoice]:
    """Of this person and of the household, the newest first."""
    rows = RememberedChoice.objects.filter(Q(person_id=person_id) | Q(person=None))
    return list(rows.select_related("item", "row").order_by("-created_at"))


def delete_decision(person_id: int, choice_id: int) -> None:
    """From now on such a row asks again; what was added by it stays. Another person's choice is not found."""
    found = RememberedChoice.objects.filter(Q(person_id=person_id) | Q(person=None), pk=choice_id).first()
    if found is None:
        raise NotFoundError("There is no such choice of yours.")
    found.delete()
