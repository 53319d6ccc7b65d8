"""Recording what people do and taking it back. One place for the rules; every import, page and endpoint comes here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Interaction, InteractionType, Item
from mediarec.library.models.interactions import SEEN

FINISHED_RATIO = 0.9  # players stop counting in the credits
OPPOSITES = {
    InteractionType.LIKED: (InteractionType.DISLIKED, InteractionType.HIDDEN),
    InteractionType.DISLIKED: (InteractionType.LIKED,),
    InteractionType.HIDDEN: (InteractionType.LIKED,),
}
ACTIVE_MARKS = frozenset(
    {
        InteractionType.LIKED,
        InteractionType.DISLIKED,
        InteractionType.HIDDEN,
        InteractionType.SAVED,
        InteractionType.RATED,
    }
)  # hold once until taken back


def is_finished(progress: float) -> bool:
    """Whether this share (0..1) of a work's length counts as the whole of it."""
    return progress >= FINISHED_RATIO


@transaction.atomic
def record_interaction(  # noqa: PLR0913 - an event has this many facts, all but three by name
    person_id: int,
    item_id: int,
    what: str,
    *,
    value: float | None = None,
    progress: float | None = None,
    occurred_at: datetime | None = None,
    origin: str = "page",
    batch_id: int | None = None,
) -> Interaction:
    """Writes one event; the opposite of it is withdrawn, and a standing mark replaces the same mark of before.

    Raises NotUnderstoodError for an unknown event or a value out of 0..1, NotFoundError for an unknown item.
    """
    if what not in InteractionType.values:
        raise NotUnderstoodError(f"“{what}” is not something that can be done with an item.")
    for name, number in (("rating", value), ("progress", progress)):
        if number is not None and not 0 <= number <= 1:
            raise NotUnderstoodError(f"A {name} must lie between 0 and 1, not at {number}.")
    if what == InteractionType.RATED and value is None:
        raise NotUnderstoodError("A rating needs a value.")
    if not Item.objects.filter(pk=item_id).exists():
        raise NotFoundError(f"There is no item number {item_id}.")
    _withdraw_marks(person_id, item_id, what)
    recorded, _ = Interaction.objects.get_or_create(
        person_id=person_id,
        item_id=item_id,
        what=what,
        occurred_at=occurred_at or timezone.now(),
        withdrawn_at=None,
        defaults={"value": value, "progress": progress, "origin": origin, "batch_id": batch_id},
    )
    return recorded


def _withdraw_marks(person_id: int, item_id: int, what: str) -> None:
    ended = [*OPPOSITES.get(InteractionType(what), ()), *([what] if what in ACTIVE_MARKS else [])]
    Interaction.objects.filter(person_id=person_id, item_id=item_id, what__in=ended, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now()
    )


def withdraw_interaction(person_id: int, interaction_id: int) -> Interaction:
    """Takes one event back; doing it twice changes nothing. Another person's event is not found."""
    found = Interaction.objects.filter(pk=interaction_id, person_id=person_id).first()
    if found is None:
        raise NotFoundError("There is no such event in your history.")
    if found.withdrawn_at is None:
        found.withdrawn_at = timezone.now()
        found.save(update_fields=["withdrawn_at"])
    return found


def undo_withdrawal(person_id: int, interaction_id: int) -> Interaction:
    """Takes a taking back back; where the same event was recorded again meanwhile, that one stands for it."""
    found = Interaction.objects.filter(pk=interaction_id, person_id=person_id).first()
    if found is None:
        raise NotFoundError("There is no such event in your history.")
    same = Interaction.objects.filter(
        person_id=person_id, item_id=found.item_id, what=found.what, occurred_at=found.occurred_at
    )
    if found.withdrawn_at is not None and not same.filter(withdrawn_at__isnull=True).exists():
        found.withdrawn_at = None
        found.save(update_fields=["withdrawn_at"])
    return found


def list_interactions(person_id: int, limit: int = 100) -> list[Interaction]:
    """The newest events that stand, with their items."""
    rows = Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True).select_related("item")
    return list(rows.order_by("-occurred_at", "-pk")[:limit])


def active_marks(person_id: int, item_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Which buttons are pressed for each item: liked, disliked, hidden, saved, rated, and "seen" for any kind of it."""
    marks: dict[int, set[str]] = {item_id: set() for item_id in item_ids}
    rows = Interaction.objects.filter(person_id=person_id, item_id__in=item_ids, withdrawn_at__isnull=True)
    for item_id, what in rows.values_list("item_id", "what"):
        marks[item_id].add("seen" if what in SEEN else what)
        if what == InteractionType.RATED:
            marks[item_id].add(what)
    return {item_id: frozenset(found) for item_id, found in marks.items()}
