"""Records and withdraws interactions. The rules are here alone; every import, page and endpoint uses them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Interaction, InteractionType, Item
from mediarec.library.models.interactions import SEEN

FINISHED_RATIO = 0.9  # people stop during the credits
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
)  # at most one of each is active per item, until withdrawn


def is_finished(progress: float) -> bool:
    """Whether this progress, 0..1 of an item's length, counts as finished."""
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
    """Records one interaction and withdraws its opposites; a mark also replaces the previous mark of its type.

    Raises NotUnderstoodError for an unknown type or a value outside 0..1, NotFoundError for an unknown item.
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
    withdrawn = [*OPPOSITES.get(InteractionType(what), ()), *([what] if what in ACTIVE_MARKS else [])]
    Interaction.objects.filter(
        person_id=person_id, item_id=item_id, what__in=withdrawn, withdrawn_at__isnull=True
    ).update(withdrawn_at=timezone.now())


def withdraw_interaction(person_id: int, interaction_id: int) -> Interaction:
    """Withdraws one interaction; idempotent. Raises NotFoundError, also for another person's."""
    interaction = Interaction.objects.filter(pk=interaction_id, person_id=person_id).first()
    if interaction is None:
        raise NotFoundError("There is no such event in your history.")
    if interaction.withdrawn_at is None:
        interaction.withdrawn_at = timezone.now()
        interaction.save(update_fields=["withdrawn_at"])
    return interaction


def undo_withdrawal(person_id: int, interaction_id: int) -> Interaction:
    """Undoes a withdrawal, unless the same interaction was recorded again meanwhile. Raises NotFoundError."""
    interaction = Interaction.objects.filter(pk=interaction_id, person_id=person_id).first()
    if interaction is None:
        raise NotFoundError("There is no such event in your history.")
    same = Interaction.objects.filter(
        person_id=person_id, item_id=interaction.item_id, what=interaction.what, occurred_at=interaction.occurred_at
    )
    if interaction.withdrawn_at is not None and not same.filter(withdrawn_at__isnull=True).exists():
        interaction.withdrawn_at = None
        interaction.save(update_fields=["withdrawn_at"])
    return interaction


def list_interactions(person_id: int, limit: int = 100) -> list[Interaction]:
    """The newest interactions that are not withdrawn, with their items."""
    rows = Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True).select_related("item")
    return list(rows.order_by("-occurred_at", "-pk")[:limit])


def active_marks(person_id: int, item_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Active marks per item, for buttons: liked, disliked, hidden, saved, rated, and "seen" in any form."""
    marks: dict[int, set[str]] = {item_id: set() for item_id in item_ids}
    rows = Interaction.objects.filter(person_id=person_id, item_id__in=item_ids, withdrawn_at__isnull=True)
    for item_id, what in rows.values_list("item_id", "what"):
        marks[item_id].add("seen" if what in SEEN else what)
        if what == InteractionType.RATED:
            marks[item_id].add(what)
    return {item_id: frozenset(item_marks) for item_id, item_marks in marks.items()}
