"""Undoes a batch exactly: deletes what it created, restores what it changed, keeps what something else uses."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from mediarec.library.artwork import remove_unused_artwork
from mediarec.library.batches.batch_state import OnProgress, discard_upload, lock_batch
from mediarec.library.interactions import OPPOSITES
from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import (
    BatchState,
    Contributor,
    ExternalId,
    ImportBatch,
    ImportRow,
    Interaction,
    InteractionType,
    Item,
    MediaFile,
)
from mediarec.library.persistence.files import restore_file
from mediarec.library.person_archive import undo_restore

# Relations that keep an item from being deleted, also those of other apps. Derived data (descriptions, vectors) is not
# among them and is deleted with the item.
REFERENCING_RELATIONS = ("files", "children", "playlist_entries")
WAIT_SECONDS = 30  # for a process that reads or commits the batch to notice that it is being undone
IN_USE = (BatchState.COMMITTED, BatchState.COMMITTING)


def undo_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Removes what the batch added, in one transaction; items that something else uses by now stay."""
    with lock_batch(batch_id, WAIT_SECONDS) as is_locked:
        batch = ImportBatch.objects.filter(pk=batch_id).first()
        if batch is None or not is_locked or batch.state == BatchState.UNDONE:
            return
        remove_unused_artwork(_undo(batch))
        discard_upload(batch)
    if on_progress:
        on_progress(batch.total, batch.total)


@transaction.atomic
def _undo(batch: ImportBatch) -> set[str]:
    """Returns the artwork files that may be unused now."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    undo_restore(batch)
    Interaction.objects.filter(batch=batch).delete()
    MediaFile.objects.filter(batch=batch).delete()
    pictures: set[str] = set()
    for row in batch.rows.filter(parsed__has_key="undo").order_by("-number"):
        pictures |= restore_changes(row.parsed["undo"])
    batch.state, batch.undone_at = BatchState.UNDONE, timezone.now()
    batch.save(update_fields=["state", "undone_at"])
    return pictures | _remove_items(batch)


def restore_changes(undo: dict[str, Any]) -> set[str]:
    """Restores what a row changed, from its `undo` JSON; returns the artwork files that this removes."""
    if undo.get("file"):
        restore_file(undo["file"])
    for ended in Interaction.objects.filter(pk__in=undo.get("ended", []), withdrawn_at__isnull=False):
        _restore_withdrawn(ended)
    return {_restore_item(int(item_id), names) for item_id, names in undo.get("filled", {}).items()}


def _restore_withdrawn(ended: Interaction) -> None:
    """Makes a mark active again that the import had withdrawn, unless a newer mark is active."""
    opposing = [ended.what, *OPPOSITES.get(InteractionType(ended.what), ())]
    newer = Interaction.objects.filter(
        person_id=ended.person_id, item_id=ended.item_id, what__in=opposing, withdrawn_at__isnull=True
    )
    if not newer.exists():
        ended.withdrawn_at = None
        ended.save(update_fields=["withdrawn_at"])


def _restore_item(item_id: int, names: list[str]) -> str:
    """Clears or restores the fields that the import filled in; returns the artwork that this removes, or nothing."""
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        return ""
    edited = set(item.edited_fields)  # fields a person edited stay
    names = [name for name in names if name.removeprefix("was:").partition(":")[0] not in edited]
    ExternalId.objects.filter(pk__in=[int(name[3:]) for name in names if name.startswith("id:")]).delete()
    if "credits" in names:
        item.credits.all().delete()
    picture = ""
    for name in names:
        if name == "parent":
            item.parent = None
        elif name.startswith("artwork:"):
            picture, item.artwork = item.artwork, name.removeprefix("artwork:")
            item.artwork_is_drawn = bool(item.artwork)
        elif name.startswith("was:"):
            field_name, _, old_value = name.removeprefix("was:").partition(":")
            picture = item.artwork if field_name == "artwork" else picture
            setattr(item, field_name, json.loads(old_value))
        elif name != "credits" and not name.startswith("id:"):
            field = Item._meta.get_field(name)
            setattr(item, name, None if field.null else field.get_default())  # type: ignore[union-attr]
    item.save()
    refresh_search([item.pk])
    return picture


def _remove_items(batch: ImportBatch) -> set[str]:
    """Deletes items that nothing refers to, children before parents, also those that an earlier undone import left
    behind because this one used them. Returns their artwork."""
    touched = Q(batch=batch) | Q(batch__state=BatchState.UNDONE, import_rows__batch=batch)
    candidates = set(Item.objects.filter(touched).values_list("pk", flat=True))
    parents = Item.objects.filter(children__in=candidates, batch__state=BatchState.UNDONE)
    candidates |= set(parents.values_list("pk", flat=True))
    people = set(Contributor.objects.filter(credits__item__in=candidates).values_list("pk", flat=True))
    pictures: set[str] = set()
    for _ in range(2):  # first tracks and episodes, then albums and series without children
        unused = find_unused(batch, candidates)
        pictures |= set(unused.values_list("artwork", flat=True))
        Item.objects.filter(pk__in=list(unused.values_list("pk", flat=True))).delete()
    Contributor.objects.filter(pk__in=people, credits__isnull=True).delete()
    return pictures


def find_unused(batch: ImportBatch, candidates: set[int]) -> QuerySet[Item]:
    """Candidates without references, active interactions or rows of other batches."""
    accessors = {relation.get_accessor_name() for relation in Item._meta.related_objects}
    no_references = {f"{name}__isnull": True for name in REFERENCING_RELATIONS if name in accessors}
    active = Interaction.objects.filter(withdrawn_at__isnull=True, item__in=candidates).values("item")
    other_rows = ImportRow.objects.filter(batch__state__in=IN_USE, item__in=candidates).exclude(batch=batch)
    return (
        Item.objects.filter(pk__in=candidates, **no_references)
        .exclude(pk__in=active)
        .exclude(pk__in=other_rows.values("item"))
    )
