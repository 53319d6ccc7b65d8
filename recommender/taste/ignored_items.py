"""Items that a person excluded from their taste profile: list, ignore, restore. Their events are kept."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Interaction, Item
from recommender.models import UnusedItem


def list_ignored(person_id: int) -> QuerySet[UnusedItem]:
    """Newest first."""
    return UnusedItem.objects.filter(person_id=person_id).select_related("item")


def exclude_ignored(events: QuerySet[Interaction]) -> QuerySet[Interaction]:
    """Events without those of ignored items; everything that derives a taste from events must use this."""
    ignored = UnusedItem.objects.filter(person_id=OuterRef("person_id"), item_id=OuterRef("item_id"))
    return events.exclude(Exists(ignored))


def ignore_item(person_id: int, item_id: int) -> UnusedItem:
    """Excludes the item's events from taste and reasons. Idempotent. Raises NotFoundError."""
    if not Item.objects.filter(pk=item_id).exists():
        raise NotFoundError(f"There is no item number {item_id}.")
    row, _ = UnusedItem.objects.get_or_create(person_id=person_id, item_id=item_id)
    return row


def restore_item(person_id: int, item_id: int) -> None:
    """Undoes `ignore_item`. Raises NotFoundError if the item was not ignored."""
    deleted, _ = UnusedItem.objects.filter(person_id=person_id, item_id=item_id).delete()
    if not deleted:
        raise NotFoundError("This item counts already.")


def read_ignored_key(person_id: int) -> tuple[int, int]:
    """Cache key that changes with the set of ignored items."""
    aggregates = UnusedItem.objects.filter(person_id=person_id).aggregate(total=Count("pk"), items=Sum("item_id"))
    return aggregates["total"], aggregates["items"] or 0
