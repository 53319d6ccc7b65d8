"""Two items that turn out to be one work, or one that turns out to be two. Nothing is lost, and both can be undone."""

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
    """What goes to the new item of a split: numbers of files, events and ids elsewhere, and what it is called."""

    title: str = ""
    year: int | None = None
    files: Sequence[int] = ()
    interactions: Sequence[int] = ()
    external_ids: Sequence[int] = field(default=())


@transaction.atomic
def merge_items(item_ids: Sequence[int], actor: Person | None = None) -> Item:
    """Keeps the lowest id. Raises NotUnderstoodError for fewer than two items, for items of different kinds and for
    items that one catalogue gives different ids."""
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
    gone = [read_row(ITEMS, other.pk) for other in others]
    Item.objects.filter(pk__in=[other.pk for other in others]).delete()
    kept.save()
    refresh_search([kept.pk])
    record = {"moves": moves.to_json(), "items": gone, "kept": before}
    ItemChange.objects.create(act=ItemChange.Act.MERGE, item=kept, label=label, record=record, actor=actor)
    return kept


def _move_everything(kept: Item, other: Item, moves: Reassignment) -> None:
    """Everything that points at the other item, in whichever room its table lives, points at the kept one.

    What the kept item has already (a credit, a vector, a place in a playlist) goes with the other item.
    """
    for model, column in list_references():
        if model is Interaction:
            _drop_duplicates(kept, other, moves)
        for row in model._default_manager.filter(**{column: other.pk}).order_by("pk"):
            reassign_row(row, column, kept.pk, moves)


def _drop_duplicates(kept: Item, other: Item, moves: Reassignment) -> None:
    """The same thing said of both items at the same moment becomes one; its twin stays withdrawn, as a record."""
    key = ("person_id", "what", "occurred_at")
    known = set(Interaction.objects.filter(item=kept, withdrawn_at__isnull=True).values_list(*key))
    for interaction in Interaction.objects.filter(item=other, withdrawn_at__isnull=True):
        if (interaction.person_id, interaction.what, interaction.occurred_at) in known:
            change_row(interaction, {"withdrawn_at": timezone.now()}, moves)


def _fill_gaps(kept: Item, other: Item) -> None:
    """What the kept item lacks comes from the other; what it says stands, and what a person edited even where that is
    nothing."""
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
    """A new item of the same kind takes some files, events and ids. Raises NotUnderstoodError where nothing is chosen
    or what is chosen is not the item's."""
    item = Item.objects.select_for_update().filter(pk=find_item(item_id).pk).get()
    chosen: list[tuple[Any, Sequence[int]]] = [
        (MediaFile, parting.files),
        (Interaction, parting.interactions),
        (ExternalId, parting.external_ids),
    ]
    if not any(numbers for _, numbers in chosen):
        raise NotUnderstoodError("Choose what belongs to the other work: files, events or ids.")
    made = _make_part(item, parting)
    moves = Reassignment()
    mark_stale([item.pk], moves)
    for model, numbers in chosen:
        rows = list(model.objects.filter(pk__in=numbers, item=item))
        if len(rows) < len(set(numbers)):
            raise NotUnderstoodError(f"Not everything that was chosen belongs to {item}; reload the page.")
        for row in rows:
            reassign_row(row, "item_id", made.pk, moves)
    refresh_search([item.pk, made.pk])
    record = {"moves": moves.to_json(), "made": made.pk}
    label = f"{made} was parted from {item}"
    ItemChange.objects.create(act=ItemChange.Act.SPLIT, item=item, label=label, record=record, actor=actor)
    return made


def _make_part(item: Item, parting: SplitRequest) -> Item:
    title = parting.title.strip() or item.title
    copied = {name: getattr(item, name) for name in COPIED_FIELDS}
    made = Item.objects.create(title=title, title_key=normalise_title(title), year=parting.year, **copied)
    is_same = title == item.title  # another work has other makers
    Credit.objects.bulk_create(
        Credit(item=made, contributor_id=known.contributor_id, role=known.role, position=known.position)
        for known in (item.credits.all() if is_same else ())
    )
    return made


@transaction.atomic
def undo_change(change_id: int) -> ItemChange:
    """Puts items back as they were before a merge or a split. What happened since stays with the item that stayed.

    Raises NotUnderstoodError where it is undone already, or where a later change must be undone first.
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
    undone = _undo_merge(change) if change.act == ItemChange.Act.MERGE else _undo_split(change)
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at"])
    refresh_search(undone)
    return change


def _undo_merge(change: ItemChange) -> list[int]:
    record = change.record
    for whole in record["items"]:
        insert_row(ITEMS, whole)
    kept_id = int(record["kept"]["id"])
    _restore_fields(kept_id, record["kept"])
    undo_reassignment(Reassignment.from_json(record["moves"]), kept_id)
    return [kept_id, *(int(whole["id"]) for whole in record["items"])]


def _restore_fields(item_id: int, before: dict[str, Any]) -> None:
    """What merging may have filled in, as it was."""
    names = (*FILLED_FIELDS, "artwork_is_drawn", "genres", "tags", "popularity", "updated_at")
    values = {name: before[name] for name in names}
    restore_row(ITEMS, item_id, values)


def _undo_split(change: ItemChange) -> list[int]:
    """The part's rows go back, also those that came to it since."""
    made = Item.objects.filter(pk=change.record["made"]).first()
    undo_reassignment(Reassignment.from_json(change.record["moves"]), int(change.record["made"]))
    if made is not None and change.item is not None:
        _move_everything(change.item, made, Reassignment())
        made.delete()
    return [change.item_id] if change.item_id else []
