"""Which items may be recommended to a person, as SQL. Knows nothing of scores."""

from __future__ import annotations

from django.db.models import (
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Cast

from mediarec.library.exclusions import exclude_excluded_items
from mediarec.library.models import Interaction, InteractionType, Item, Kind
from recommender.facets import apply_facets
from recommender.types import Filters

# These interactions mean that the person knows the item. A saved item is still to be watched or heard.
KNOWN_INTERACTIONS = (
    InteractionType.PLAYED,
    InteractionType.FINISHED,
    InteractionType.ABANDONED,
    InteractionType.RATED,
    InteractionType.LIKED,
    InteractionType.SKIPPED,
)
REJECTING_INTERACTIONS = (InteractionType.DISLIKED, InteractionType.HIDDEN)
KNOWN_ALBUM_SHARE = 0.5  # an album counts as known once half of its tracks do


def filter_items(
    filters: Filters, person_id: int, *, for_lookup: bool = False, with_episodes: bool = False
) -> QuerySet[Item]:
    """Items that fit every filter and that this person does not know yet.

    Hidden items are never included. `for_lookup` is for a request that names an item: seen and disliked items count.
    A series represents its episodes unless these are requested.
    """
    items = apply_facets(exclude_excluded_items(Item.objects.all()), filters)
    if Kind.EPISODE not in filters.kinds and not with_episodes:  # the series is recommended in place of its episodes
        items = items.exclude(kind=Kind.EPISODE, parent__isnull=False)
    rejected = (InteractionType.HIDDEN,) if for_lookup else REJECTING_INTERACTIONS
    items = _exclude_rejected(items, person_id, rejected)
    return items if for_lookup or filters.include_seen else _exclude_known(items, person_id)


def _exclude_rejected(items: QuerySet[Item], person_id: int, rejected: tuple[InteractionType, ...]) -> QuerySet[Item]:
    """Subqueries instead of a list of IDs: a person with 20,000 events waits no longer than one with ten."""
    rejections = _events_of(person_id, rejected)
    return items.exclude(Exists(rejections.filter(item_id=OuterRef("pk")))).exclude(
        Exists(rejections.filter(item_id=OuterRef("parent_id")))
    )


def _exclude_known(items: QuerySet[Item], person_id: int) -> QuerySet[Item]:
    """A series is known from its first episode, an album from half of its tracks, a track with its finished album."""
    known = _events_of(person_id, KNOWN_INTERACTIONS)
    finished = _events_of(person_id, (InteractionType.FINISHED, InteractionType.RATED)).filter(item__kind=Kind.ALBUM)
    return (
        items.exclude(Exists(known.filter(item_id=OuterRef("pk"))))
        .exclude(Q(kind=Kind.SERIES) & Q(_parts_known(known, 0.0)))
        .exclude(Q(kind=Kind.ALBUM) & Q(_parts_known(known, KNOWN_ALBUM_SHARE)))
        .exclude(Q(kind=Kind.TRACK) & Q(Exists(finished.filter(item_id=OuterRef("parent_id")))))
    )


def _parts_known(known: QuerySet[Interaction], min_share: float) -> Exists:
    """Whether at least one episode or track, and at least this share of them, is known.

    For a series EXISTS would do, but PostgreSQL plans it as one pass over every parent of the library, which takes
    longer than the rest of the request. Counting per parent avoids that plan.
    """
    parts = Item.objects.filter(parent_id=OuterRef("pk")).values("parent_id")
    known_parts = Count("pk", filter=Exists(known.filter(item_id=OuterRef("pk"))))
    counted = parts.annotate(total=Count("pk"), known_parts=known_parts)
    return Exists(counted.filter(known_parts__gt=0, known_parts__gte=Cast(F("total"), FloatField()) * min_share))


def _events_of(person_id: int, types: tuple[InteractionType, ...]) -> QuerySet[Interaction]:
    return Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True, what__in=types)
