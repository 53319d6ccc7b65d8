"""Merges duplicate items and splits wrongly merged ones. Nothing is lost, and both can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.item_lookup import find_item, normalise_title, refresh_search
from mediarec.library.models import Credit, ExternalId, Interaction, Item, ItemChange, MediaFile, Person
from mediarec.library.row_reassignment import (
    Reassignment,
    change_row,
    insert_row,
    list_references,
    mark_stale,
    read_row,
    reassign_row,
    restore_row,
    undo_reassignment,
)

FILLED_FIELDS = ("original_title", "year", "language", "runtime_seconds", "synopsis", "artwork")
COPIED_FIELDS = ("kind", "genres", "tags", "language", "parent_id", "season", "number")
ITEMS = Item._meta.db_table


@dataclass(frozen=True)
class SplitRequest:
    """The title and year of the new item of a split, and the IDs of the rows that go to it."""

    title: str = ""
    year: int | None = None
    files: Sequence[int] = ()
    interactions: Sequence[int] = ()
    external_ids: Sequence[int] = field(default=())


@transaction.atomic
def merge_items(item_ids: Sequence[int], actor: Person | None = None) -> Item:
    """Merges items into the one with the lowest ID. Raises NotUnderstoodError for fewer than two items, for different
    kinds, and for an item and its own part; NotFoundError for vanished items."""
    items = list(Item.objects.select_for_update().filter(pk__in=item_ids).order_by("pk"))
    if len(items) < len(set(item_ids)):
        raise NotFoundError("Some of these items are gone; reload the list.")
    if len(items) < 2:
        raise NotUnderstoodError("Choose at least two items to merge.")
    if len({item.kind for item in items}) > 1:
        raise NotUnderstoodError("Only items of one kind can be merged.")
    if any(item.parent_id == other.pk for item in items for other in items):
        raise NotUnderstoodError("An item cannot be merged with what it is a part of.")
    kept, *others = items
    label = f"{' and '.join(str(item) for item in items)} became one"
    moves = Reassignment()
    before = read_row(ITEMS, kept.pk)
    mark_stale([item.pk for item in items], moves)
    for other in others:
        _move_everything(kept, other, moves)
        _fill_gaps(kept, other)
    deleted = [read_row(ITEMS, other.pk) for other in others]
    Item.objects.filter(pk__in=[other.pk for other in others]).delete()
    kept.save()
    refresh_search([kept.pk])
    record = {"moves": moves.to_json(), "items": deleted, "kept": before}
    ItemChange.objects.create(act=ItemChange.Act.MERGE, item=kept, label=label, record=record, actor=actor)
    return kept


def _move_everything(kept: Item, other: Item, moves: Reassignment) -> None:
    """Repoints every reference to the other item, in any app's tables, to the kept one.

    Rows the kept item already has (a credit, a vector, a playlist entry) are deleted with the other item.
    """
    for model, column in list_references():
        if model is Interaction:
            _drop_duplicates(kept, other, moves)
        for row in model._default_manager.filter(**{column: other.pk}).order_by("pk"):
            reassign_row(row, column, kept.pk, moves)


def _drop_duplicates(kept: Item, other: Item, moves: Reassignment) -> None:
    """Withdraws interactions of the other item that the kept one also has, by person, type and time."""
    key = ("person_id", "what", "occurred_at")
    existing = set(Interaction.objects.filter(item=kept, withdrawn_at__isnull=True).values_list(*key))
    for interaction in Interaction.objects.filter(item=other, withdrawn_at__isnull=True):
        if (interaction.person_id, interaction.what, interaction.occurred_at) in existing:
            change_row(interaction, {"withdrawn_at": timezone.now()}, moves)


def _fill_gaps(kept: Item, other: Item) -> None:
    """Fills empty fields of the kept item from the other, except fields a person edited, even if these are
    empty."""
    for name in FILLED_FIELDS:
        if not getattr(kept, name) and getattr(other, name) and name not in kept.edited_fields:
            setattr(kept, name, getattr(other, name))
            if name == "artwork":
                kept.artwork_is_drawn = other.artwork_is_drawn
    for name in ("genres", "tags"):
        if name not in kept.edited_fields:
            setattr(kept, name, list(dict.fromkeys([*getattr(kept, name), *getattr(other, name)])))
    if "popularity" not in kept.edited_fields:
        kept.popularity = max(kept.popularity, other.popularity)


@transaction.atomic
def split_item(item_id: int, parting: SplitRequest, actor: Person | None = None) -> Item:
    """Moves some files, events and external IDs to a new item of the same kind. Raises NotUnderstoodError if nothing
    is chosen or a chosen row is not the item's."""
    item = Item.objects.select_for_update().filter(pk=find_item(item_id).pk).get()
    chosen: list[tuple[Any, Sequence[int]]] = [
        (MediaFile, parting.files),
        (Interaction, parting.interactions),
        (ExternalId, parting.external_ids),
    ]
    if not any(row_ids for _, row_ids in chosen):
        raise NotUnderstoodError("Choose what belongs to the other work: files, events or ids.")
    new_item = _make_part(item, parting)
    moves = Reassignment()
    mark_stale([item.pk], moves)
    for model, row_ids in chosen:
        rows = list(model.objects.filter(pk__in=row_ids, item=item))
        if len(rows) < len(set(row_ids)):
            raise NotUnderstoodError(f"Not everything that was chosen belongs to {item}; reload the page.")
        for row in rows:
            reassign_row(row, "item_id", new_item.pk, moves)
    refresh_search([item.pk, new_item.pk])
    record = {"moves": moves.to_json(), "made": new_item.pk}
    label = f"{new_item} was parted from {item}"
    ItemChange.objects.create(act=ItemChange.Act.SPLIT, item=item, label=label, record=record, actor=actor)
    return new_item


def _make_part(item: Item, parting: SplitRequest) -> Item:
    title = parting.title.strip() or item.title
    copied = {name: getattr(item, name) for name in COPIED_FIELDS}
    new_item = Item.objects.create(title=title, title_key=normalise_title(title), year=parting.year, **copied)
    is_same_title = title == item.title  # a different title is a different work with other contributors
    Credit.objects.bulk_create(
        Credit(item=new_item, contributor_id=credit.contributor_id, role=credit.role, position=credit.position)
        for credit in (item.credits.all() if is_same_title else ())
    )
    return new_item


@transaction.atomic
def undo_change(change_id: int) -> ItemChange:
    """Undoes a merge or a split. Later changes stay with the item that was kept.

    Raises NotUnderstoodError if it is undone already or a later change must be undone first, NotFoundError if unknown.
    """
    change = ItemChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFoundError("There is no such merge or split.")
    if change.undone_at is not None:
        raise NotUnderstoodError("That was taken back already.")
    if change.item_id is None:
        raise NotUnderstoodError("The item it was about is gone.")
    later = ItemChange.objects.filter(item_id=change.item_id, undone_at=None, pk__gt=change.pk)
    if later.exists():
        raise NotUnderstoodError("The same item was merged or split again since; take that back first.")
    item_ids = _undo_merge(change) if change.act == ItemChange.Act.MERGE else _undo_split(change)
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at"])
    refresh_search(item_ids)
    return change


def _undo_merge(change: ItemChange) -> list[int]:
    record = change.record
    for row in record["items"]:
        insert_row(ITEMS, row)
    kept_id = int(record["kept"]["id"])
    _restore_fields(kept_id, record["kept"])
    undo_reassignment(Reassignment.from_json(record["moves"]), kept_id)
    return [kept_id, *(int(row["id"]) for row in record["items"])]


def _restore_fields(item_id: int, before: dict[str, Any]) -> None:
    """Restores the fields that the merge may have filled."""
    names = (*FILLED_FIELDS, "artwork_is_drawn", "genres", "tags", "popularity", "updated_at")
    values = {name: before[name] for name in names}
    restore_row(ITEMS, item_id, values)


def _undo_split(change: ItemChange) -> list[int]:
    """Moves the new item's rows back, later ones included, and deletes it."""
    new_item = Item.objects.filter(pk=change.record["made"]).first()
    undo_reassignment(Reassignment.from_json(change.record["moves"]), int(change.record["made"]))
    if new_item is not None and change.item is not None:
        _move_everything(change.item, new_item, Reassignment())
        new_item.delete()
    return [change.item_id] if change.item_id else []
