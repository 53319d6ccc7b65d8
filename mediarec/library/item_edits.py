"""Changes by hand to what came in: fields that nothing else may overwrite, pictures, exclusions, and wrong matches."""

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

MOST_PICTURE_BYTES = 12 * 1024 * 1024  # of one that a person uploads


@dataclass(frozen=True)
class MoveSummary:
    """How much went from one item to another."""

    files: int
    events: int
    target: Item


def mark_edited(item: Item, fields: Iterable[str]) -> None:
    """From now on only a person writes these fields of the item. The caller saves it."""
    item.edited_fields = sorted({*item.edited_fields, *fields})


def release_fields(items: Sequence[Item], actor: Person) -> int:
    """Imports and enrichment may write their fields again; returns for how many items."""
    count = audit.record_bulk(actor, "released", items, {"edited_fields": []})
    Item.objects.filter(pk__in=[item.pk for item in items]).update(edited_fields=[])
    return count


@transaction.atomic
def set_excluded(items: Sequence[Item], is_excluded: bool, actor: Person) -> int:
    """Keeps items out of every list, or lets them in again; returns how many changed."""
    count = audit.record_bulk(actor, "excluded" if is_excluded else "let in again", items, {"is_excluded": is_excluded})
    Item.objects.filter(pk__in=[item.pk for item in items]).update(is_excluded=is_excluded)
    return count


def replace_artwork(item: Item, image_bytes: bytes, actor: Person) -> str:
    """A person's own picture; nothing else replaces it. Raises NotUnderstoodError for what is no picture."""
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
    """Mends a wrong match: files and events of one item are another's, an existing one's (its number) or a new one's
    (its title), which is a split and can be undone as one.

    Raises NotUnderstoodError where nothing was chosen or where the kinds cannot be the same work.
    """
    files = list(MediaFile.objects.select_for_update().filter(item=item, pk__in=file_ids))
    events = list(Interaction.objects.select_for_update().filter(item=item, pk__in=event_ids))
    if len(files) + len(events) < len(set(file_ids)) + len(set(event_ids)):
        raise NotFoundError("Some of what was chosen is not here any more; load the page again.")
    if not files and not events:
        raise NotUnderstoodError("Choose at least one file or event to move.")
    if isinstance(target, str):
        return _part(item, target, file_ids, event_ids, actor)
    found = find_item(target)
    if found.pk == item.pk:
        raise NotUnderstoodError(f"{found} is where they are already.")
    if (found.kind in MUSIC_KINDS) != (item.kind in MUSIC_KINDS):
        kinds = f"{item.get_kind_display().lower()} and {found.get_kind_display().lower()}"
        raise NotUnderstoodError(f"{item} and {found} are {kinds}: they cannot be the same work.")
    MediaFile.objects.filter(pk__in=[file.pk for file in files]).update(item=found, is_placed_by_hand=True)
    _move_events(events, found)
    told = {"files": [file.path for file in files], "events": [event.pk for event in events]}
    audit.record_change(actor, "fixed match", item, told, {"item": found.pk, "title": str(found)})
    audit.record_change(actor, "fixed match", found, {"item": item.pk, "title": str(item)}, told)
    return MoveSummary(len(files), len(events), found)


def _part(item: Item, title: str, file_ids: Sequence[int], event_ids: Sequence[int], actor: Person) -> MoveSummary:
    title = " ".join(title.split())
    if not title:
        raise NotUnderstoodError("A new item needs a title.")
    parting = item_merge.SplitRequest(title=title, files=file_ids, interactions=event_ids)
    made = item_merge.split_item(item.pk, parting, actor)
    mark_edited(made, ["title"])
    made.save(update_fields=["edited_fields"])
    MediaFile.objects.filter(pk__in=file_ids).update(is_placed_by_hand=True)
    audit.record_change(actor, "split", item, {}, {"item": made.pk, "title": str(made)})
    return MoveSummary(len(set(file_ids)), len(set(event_ids)), made)


def _move_events(events: Sequence[Interaction], target: Item) -> None:
    """What was said of the target at the same moment already stands for its twin, which stays withdrawn."""
    key = ("person_id", "what", "occurred_at")
    known = set(Interaction.objects.filter(item=target, withdrawn_at__isnull=True).values_list(*key))
    for event in events:
        if event.withdrawn_at is None and (event.person_id, event.what, event.occurred_at) in known:
            event.withdrawn_at = timezone.now()
        event.item = target
        event.save(update_fields=["item", "withdrawn_at"])
