"""Manual edits of imported items: protected fields, pictures, exclusions, and corrections of wrong matches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from mediarec.library import audit, item_merge
from mediarec.library.artwork import remove_unused_artwork, store_artwork
from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.item_lookup import find_item
from mediarec.library.models import Interaction, Item, MediaFile, Person
from mediarec.library.models.items import MUSIC_KINDS

MOST_PICTURE_BYTES = 12 * 1024 * 1024  # of an uploaded picture


@dataclass(frozen=True)
class MoveSummary:
    """How many files and events were moved to `target`."""

    files: int
    events: int
    target: Item


def mark_edited(item: Item, fields: Iterable[str]) -> None:
    """Protects these fields from imports and enrichment. The caller saves the item."""
    item.edited_fields = sorted({*item.edited_fields, *fields})


def release_fields(items: Sequence[Item], actor: Person) -> int:
    """Lets imports and enrichment write all fields again; returns how many items changed."""
    count = audit.record_bulk(actor, "released", items, {"edited_fields": []})
    Item.objects.filter(pk__in=[item.pk for item in items]).update(edited_fields=[])
    return count


@transaction.atomic
def set_excluded(items: Sequence[Item], is_excluded: bool, actor: Person) -> int:
    """Excludes items from every list, or includes them again; returns how many changed."""
    count = audit.record_bulk(actor, "excluded" if is_excluded else "let in again", items, {"is_excluded": is_excluded})
    Item.objects.filter(pk__in=[item.pk for item in items]).update(is_excluded=is_excluded)
    return count


def replace_artwork(item: Item, image_bytes: bytes, actor: Person) -> str:
    """Stores an uploaded picture, which nothing else replaces. Raises NotUnderstoodError if it is not a picture."""
    if len(image_bytes) > MOST_PICTURE_BYTES:
        raise NotUnderstoodError(
            f"The picture is too large: {len(image_bytes) // 2**20} MB, at most {MOST_PICTURE_BYTES // 2**20}."
        )
    before = item.artwork
    name = store_artwork(item, image_bytes)
    mark_edited(item, ["artwork"])
    item.save(update_fields=["edited_fields"])
    audit.record_change(actor, "replaced artwork", item, {"artwork": before}, {"artwork": name})
    remove_unused_artwork({before})
    return name


@transaction.atomic
def move_to_item(
    item: Item, target: int | str, file_ids: Sequence[int], event_ids: Sequence[int], actor: Person
) -> MoveSummary:
    """Corrects a wrong match by moving files and events to another item.

    `target` is the ID of an existing item, or the title of a new one, which is a split and can be undone as such.
    Raises NotUnderstoodError if nothing was chosen or the kinds are incompatible, NotFoundError for vanished rows.
    """
    files = list(MediaFile.objects.select_for_update().filter(item=item, pk__in=file_ids))
    events = list(Interaction.objects.select_for_update().filter(item=item, pk__in=event_ids))
    if len(files) + len(events) < len(set(file_ids)) + len(set(event_ids)):
        raise NotFoundError("Some of what was chosen is not here any more; load the page again.")
    if not files and not events:
        raise NotUnderstoodError("Choose at least one file or event to move.")
    if isinstance(target, str):
        return _split_off(item, target, file_ids, event_ids, actor)
    target_item = find_item(target)
    if target_item.pk == item.pk:
        raise NotUnderstoodError(f"{target_item} is where they are already.")
    if (target_item.kind in MUSIC_KINDS) != (item.kind in MUSIC_KINDS):
        kinds = f"{item.get_kind_display().lower()} and {target_item.get_kind_display().lower()}"
        raise NotUnderstoodError(f"{item} and {target_item} are {kinds}: they cannot be the same work.")
    MediaFile.objects.filter(pk__in=[file.pk for file in files]).update(item=target_item, is_placed_by_hand=True)
    _move_events(events, target_item)
    moved = {"files": [file.path for file in files], "events": [event.pk for event in events]}
    audit.record_change(actor, "fixed match", item, moved, {"item": target_item.pk, "title": str(target_item)})
    audit.record_change(actor, "fixed match", target_item, {"item": item.pk, "title": str(item)}, moved)
    return MoveSummary(len(files), len(events), target_item)


def _split_off(item: Item, title: str, file_ids: Sequence[int], event_ids: Sequence[int], actor: Person) -> MoveSummary:
    title = " ".join(title.split())
    if not title:
        raise NotUnderstoodError("A new item needs a title.")
    request = item_merge.SplitRequest(title=title, files=file_ids, interactions=event_ids)
    new_item = item_merge.split_item(item.pk, request, actor)
    mark_edited(new_item, ["title"])
    new_item.save(update_fields=["edited_fields"])
    MediaFile.objects.filter(pk__in=file_ids).update(is_placed_by_hand=True)
    audit.record_change(actor, "split", item, {}, {"item": new_item.pk, "title": str(new_item)})
    return MoveSummary(len(set(file_ids)), len(set(event_ids)), new_item)


def _move_events(events: Sequence[Interaction], target: Item) -> None:
    """Moves events; one that the target already has, by person, type and time, is withdrawn as a duplicate."""
    key = ("person_id", "what", "occurred_at")
    existing = set(Interaction.objects.filter(item=target, withdrawn_at__isnull=True).values_list(*key))
    for event in events:
        if event.withdrawn_at is None and (event.person_id, event.what, event.occurred_at) in existing:
            event.withdrawn_at = timezone.now()
        event.item = target
        event.save(update_fields=["item", "withdrawn_at"])
