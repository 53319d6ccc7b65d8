"""Taking a batch back, exactly: what it made goes, what it changed is put back, what something else uses stays."""

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

# Relations by which something else holds on to an item, wherever their tables live. What the machine derived from it
# (descriptions, vectors) goes with it.
HOLDERS = ("files", "children", "playlist_entries")
WAIT_SECONDS = 30  # for who reads or adds it at this moment to see that it is being taken back
IN_USE = (BatchState.COMMITTED, BatchState.COMMITTING)


def undo_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Takes back what the batch brought; items that something else uses by now stay. One transaction."""
    with lock_batch(batch_id, WAIT_SECONDS) as is_ours:
        batch = ImportBatch.objects.filter(pk=batch_id).first()
        if batch is None or not is_ours or batch.state == BatchState.UNDONE:
            return
        remove_unused_artwork(_undo(batch))
        discard_upload(batch)
    if on_progress:
        on_progress(batch.total, batch.total)


@transaction.atomic
def _undo(batch: ImportBatch) -> set[str]:
    """Returns the pictures that may be unused now."""
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
    if undo.get("file"):
        restore_file(undo["file"])
    for ended in Interaction.objects.filter(pk__in=undo.get("ended", []), withdrawn_at__isnull=False):
        _restore_withdrawn(ended)
    return {_empty(int(item_id), names) for item_id, names in undo.get("filled", {}).items()}


def _restore_withdrawn(ended: Interaction) -> None:
    """A mark that the import had ended stands again, unless the person has said something since."""
    against = [ended.what, *OPPOSITES.get(InteractionType(ended.what), ())]
    since = Interaction.objects.filter(
        person_id=ended.person_id, item_id=ended.item_id, what__in=against, withdrawn_at__isnull=True
    )
    if not since.exists():
        ended.withdrawn_at = None
        ended.save(update_fields=["withdrawn_at"])


def _empty(item_id: int, names: list[str]) -> str:
    """Takes back what was filled into an item of before; returns its picture where that goes."""
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        return ""
    said = set(item.edited_fields)  # a person's word stands
    names = [name for name in names if name.removeprefix("was:").partition(":")[0] not in said]
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
            field_name, _, told = name.removeprefix("was:").partition(":")
            picture = item.artwork if field_name == "artwork" else picture
            setattr(item, field_name, json.loads(told))
        elif name != "credits" and not name.startswith("id:"):
            field = Item._meta.get_field(name)
            setattr(item, name, None if field.null else field.get_default())  # type: ignore[union-attr]
    item.save()
    refresh_search([item.pk])
    return picture


def _remove_items(batch: ImportBatch) -> set[str]:
    """Children before parents, and only what nothing holds. What an earlier import left because this one used it
    goes too."""
    touched = Q(batch=batch) | Q(batch__state=BatchState.UNDONE, import_rows__batch=batch)
    candidates = set(Item.objects.filter(touched).values_list("pk", flat=True))
    parents = Item.objects.filter(children__in=candidates, batch__state=BatchState.UNDONE)
    candidates |= set(parents.values_list("pk", flat=True))
    people = set(Contributor.objects.filter(credits__item__in=candidates).values_list("pk", flat=True))
    pictures: set[str] = set()
    for _ in range(2):  # tracks and episodes, then the albums and series that are left without any
        unused = find_unused(batch, candidates)
        pictures |= set(unused.values_list("artwork", flat=True))
        Item.objects.filter(pk__in=list(unused.values_list("pk", flat=True))).delete()
    Contributor.objects.filter(pk__in=people, credits__isnull=True).delete()
    return pictures


def find_unused(batch: ImportBatch, candidates: set[int]) -> QuerySet[Item]:
    there = {relation.get_accessor_name() for relation in Item._meta.related_objects}
    free = {f"{name}__isnull": True for name in HOLDERS if name in there}
    liked = Interaction.objects.filter(withdrawn_at__isnull=True, item__in=candidates).values("item")
    elsewhere = ImportRow.objects.filter(batch__state__in=IN_USE, item__in=candidates).exclude(batch=batch)
    return Item.objects.filter(pk__in=candidates, **free).exclude(pk__in=liked).exclude(pk__in=elsewhere.values("item"))
