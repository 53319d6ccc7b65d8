"""Items that a person does not want to be known by: listed, stopped, used again. Their events stay in the history."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Interaction, Item
from recommender.models import UnusedItem


def list_ignored(person_id: int) -> QuerySet[UnusedItem]:
    """The last one stopped first."""
    return UnusedItem.objects.filter(person_id=person_id).select_related("item")


def exclude_ignored(events: QuerySet[Interaction]) -> QuerySet[Interaction]:
    """Whoever reads a taste from events reads these."""
    stopped = UnusedItem.objects.filter(person_id=OuterRef("person_id"), item_id=OuterRef("item_id"))
    return events.exclude(Exists(stopped))


def ignore_item(person_id: int, item_id: int) -> UnusedItem:
    """From now on nothing done with the item enters the taste or a reason. Said twice, it is said once."""
    if not Item.objects.filter(pk=item_id).exists():
        raise NotFoundError(f"There is no item number {item_id}.")
    row, _ = UnusedItem.objects.get_or_create(person_id=person_id, item_id=item_id)
    return row


def restore_item(person_id: int, item_id: int) -> None:
    """What was done with it counts as before. Raises NotFoundError where it counted all the time."""
    gone, _ = UnusedItem.objects.filter(person_id=person_id, item_id=item_id).delete()
    if not gone:
        raise NotFoundError("This item counts already.")


def read_ignored_key(person_id: int) -> tuple[int, int]:
    """Changes whenever another set of items is left out."""
    found = UnusedItem.objects.filter(person_id=person_id).aggregate(total=Count("pk"), items=Sum("item_id"))
    return found["total"], found["items"] or 0
