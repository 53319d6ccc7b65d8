"""Two rows that turn out to be one work: everything moves to the oldest, nothing people did is lost."""

from collections.abc import Sequence
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.utils import timezone

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Interaction, Item

FILLED_FIELDS = ("original_title", "year", "language", "runtime_seconds", "synopsis", "artwork")


@transaction.atomic
def merge_items(item_ids: Sequence[int]) -> Item:
    """Keeps the lowest id. Raises NotUnderstoodError for fewer than two items or for items of different kinds."""
    items = list(Item.objects.select_for_update().filter(pk__in=item_ids).order_by("pk"))
    if len(items) < len(set(item_ids)):
        raise NotFoundError("Some of these items are gone; reload the list.")
    if len(items) < 2:
        raise NotUnderstoodError("Choose at least two items to merge.")
    if len({item.kind for item in items}) > 1:
        raise NotUnderstoodError("Only items of one kind can be merged.")
    kept, *others = items
    for other in others:
        _move_rows(kept, other)
        _fill_gaps(kept, other)
        other.delete()
    kept.save()
    return kept


def _move_rows(kept: Item, other: Item) -> None:
    """Everything that points at the other row, in whichever room its table lives, points at the kept one.

    What the kept row has already (a credit, a vector, a place in a playlist) goes with the other row.
    """
    _move_interactions(kept, other)
    for relation in Item._meta.related_objects:
        if relation.related_model is Interaction:
            continue
        name = relation.field.name
        for row in relation.related_model._default_manager.filter(**{name: other}):
            with suppress(IntegrityError), transaction.atomic():
                setattr(row, name, kept)
                row.save(update_fields=[name])


def _move_interactions(kept: Item, other: Item) -> None:
    """The same thing said of both rows at the same moment becomes one; its twin stays withdrawn, as a record."""
    key = ("person_id", "what", "occurred_at")
    known = set(Interaction.objects.filter(item=kept, withdrawn_at__isnull=True).values_list(*key))
    for interaction in Interaction.objects.filter(item=other):
        if interaction.withdrawn_at is None and (
            (interaction.person_id, interaction.what, interaction.occurred_at) in known
        ):
            interaction.withdrawn_at = timezone.now()
        interaction.item = kept
        interaction.save(update_fields=["item", "withdrawn_at"])


def _fill_gaps(kept: Item, other: Item) -> None:
    """What the kept row lacks comes from the other; what it says stands."""
    for name in FILLED_FIELDS:
        if not getattr(kept, name) and getattr(other, name):
            setattr(kept, name, getattr(other, name))
    kept.genres = list(dict.fromkeys([*kept.genres, *other.genres]))
    kept.tags = list(dict.fromkeys([*kept.tags, *other.tags]))
    kept.popularity = max(kept.popularity, other.popularity)
