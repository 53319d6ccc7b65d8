"""Restores from an archive what is no row of a batch: withdrawn events, added tables, wishes. Follows the commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from mediarec.library.models import ImportBatch, Interaction, Outcome, Person
from mediarec.library.ownership import Ownership
from mediarec.library.person_archive.item_records import parse_event
from mediarec.library.person_archive.tables import find_table, list_tables

SOURCE, LISTS = "mediarec", "playlist"  # the importers' names
NOT_IN = (Outcome.REVIEW, Outcome.REJECTED)
RESTORED = "restored"


@transaction.atomic
def restore_tables(batch: ImportBatch) -> None:
    """Called when all rows are committed. What exists already is not created twice."""
    if batch.source == LISTS:
        _make_playlists(batch)
    if batch.source != SOURCE:
        return
    rows = batch.rows.filter(raw__has_key="item", item__isnull=False).values_list("raw__item", "item_id", "raw")
    numbers: dict[int, int] = {}
    for number, item_id, raw in rows.iterator(1000):
        numbers[number] = item_id
        _restore_withdrawn(batch, item_id, raw.get("withdrawn") or [])
    restored: dict[str, Any] = {}
    for table in list_tables():
        restored[table.name] = table.restore(batch.person_id, _list_records(batch, table.name), numbers)
    restored["wishes"] = _restore_wishes(batch)
    batch.refresh_from_db(fields=["counts"])
    batch.counts = {**batch.counts, RESTORED: restored}
    batch.save(update_fields=["counts"])


def _make_playlists(batch: ImportBatch) -> None:
    """One for each list that was read, of the items its entries were matched to; doubtful ones are left out."""
    table = find_table("playlists")
    if table is None:
        return
    rows = batch.rows.filter(raw__has_key="list", item__isnull=False).exclude(outcome__in=NOT_IN)
    lists: dict[str, list[int]] = {}
    for name, item_id in rows.order_by("number").values_list("raw__list", "item_id").iterator(1000):
        lists.setdefault(name, []).append(item_id)
    made_at = batch.created_at.isoformat()
    records = [
        {"name": name, "note": "", "items": items, "wish": {}, "created_at": made_at} for name, items in lists.items()
    ]
    numbers = {item_id: item_id for items in lists.values() for item_id in items}
    restored = {table.name: table.restore(batch.person_id, records, numbers)}
    batch.refresh_from_db(fields=["counts"])
    batch.counts = {**batch.counts, RESTORED: restored}
    batch.save(update_fields=["counts"])


def undo_restore(batch: ImportBatch) -> None:
    restored: Mapping[str, Any] = batch.counts.get(RESTORED, {})
    for name, row_ids in restored.items():
        table = find_table(name)
        if table is not None:
            table.undo(batch.person_id, row_ids)
    if restored.get("wishes"):
        Person.objects.filter(pk=batch.person_id).update(**restored["wishes"])


def _list_records(batch: ImportBatch, name: str) -> Iterator[Mapping[str, Any]]:
    rows = batch.rows.filter(raw__part=name).order_by("number")
    yield from rows.values_list("raw__record", flat=True).iterator(1000)


def _restore_withdrawn(batch: ImportBatch, item_id: int, records: list[Any]) -> None:
    if not records:
        return
    mine = Interaction.objects.filter(person_id=batch.person_id, item_id=item_id)
    known = set(mine.values_list("what", "occurred_at"))
    for record in records:
        event, withdrawn_at = parse_event(record)
        if (event.what, event.occurred_at) not in known:
            known.add((event.what, event.occurred_at))
            Interaction.objects.create(
                person_id=batch.person_id, item_id=item_id, what=event.what, value=event.value,
                progress=event.progress, occurred_at=event.occurred_at, origin=event.origin or batch.source,
                batch=batch, withdrawn_at=withdrawn_at,
            )  # fmt: skip


def _restore_wishes(batch: ImportBatch) -> dict[str, Any]:
    """Only where the person has said nothing yet; returns what was before."""
    raw = batch.rows.filter(raw__part="wishes").values_list("raw__record", flat=True).first()
    person = Person.objects.get(pk=batch.person_id)
    before = {"novelty": person.novelty, "ownership": person.ownership}
    untouched = {name: Person._meta.get_field(name).get_default() for name in before}  # type: ignore[union-attr]
    if not isinstance(raw, dict) or before != untouched or raw.get("ownership") not in Ownership.values:
        return {}
    Person.objects.filter(pk=person.pk).update(novelty=raw["novelty"], ownership=raw["ownership"])
    return before
