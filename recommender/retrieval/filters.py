"""What may be recommended to a person, in SQL. Knows nothing of scores."""

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

# Known to the person already: not a discovery any more. A saved item is still waiting for them.
KNOWN = (
    InteractionType.PLAYED,
    InteractionType.FINISHED,
    InteractionType.ABANDONED,
    InteractionType.RATED,
    InteractionType.LIKED,
    InteractionType.SKIPPED,
)
REJECTED = (InteractionType.DISLIKED, InteractionType.HIDDEN)
HEARD_ALBUM_SHARE = 0.5  # an album counts as known once half of its tracks do


def filter_items(
    filters: Filters, person_id: int, *, for_lookup: bool = False, with_episodes: bool = False
) -> QuerySet[Item]:
    """Items that fit every filter and that this person has not met.

    Hidden items never return. `for_lookup` is for a person who names a thing: seen and disliked items are found.
    Episodes stand behind their series unless asked for.
    """
    items = apply_facets(exclude_excluded_items(Item.objects.all()), filters)
    if Kind.EPISODE not in filters.kinds and not with_episodes:  # the series is recommended in place of its episodes
        items = items.exclude(kind=Kind.EPISODE, parent__isnull=False)
    rejected = (InteractionType.HIDDEN,) if for_lookup else REJECTED
    items = _leave_out_rejected(items, person_id, rejected)
    return items if for_lookup or filters.include_seen else _leave_out_known(items, person_id)


def _leave_out_rejected(items: QuerySet[Item], person_id: int, rejected: tuple[InteractionType, ...]) -> QuerySet[Item]:
    """Not one by one for each event: somebody with 20,000 of them waits no longer than somebody with ten."""
    marked = _marked(person_id, rejected)
    return items.exclude(Exists(marked.filter(item_id=OuterRef("pk")))).exclude(
        Exists(marked.filter(item_id=OuterRef("parent_id")))
    )


def _leave_out_known(items: QuerySet[Item], person_id: int) -> QuerySet[Item]:
    """A series is known from its first episode, an album from half of its tracks, a track with its finished album."""
    known = _marked(person_id, KNOWN)
    finished = _marked(person_id, (InteractionType.FINISHED, InteractionType.RATED)).filter(item__kind=Kind.ALBUM)
    return (
        items.exclude(Exists(known.filter(item_id=OuterRef("pk"))))
        .exclude(Q(kind=Kind.SERIES) & Q(_parts_known(known, 0.0)))
        .exclude(Q(kind=Kind.ALBUM) & Q(_parts_known(known, HEARD_ALBUM_SHARE)))
        .exclude(Q(kind=Kind.TRACK) & Q(Exists(finished.filter(item_id=OuterRef("parent_id")))))
    )


def _parts_known(known: QuerySet[Interaction], least_share: float) -> Exists:
    """Whether some episode or track, and at least this share of them, is known.

    Counted, where asking whether one exists would do for a series: PostgreSQL answers that for every parent in the
    library at once, which takes longer than all the rest of a list.
    """
    parts = Item.objects.filter(parent_id=OuterRef("pk")).values("parent_id")
    met = Count("pk", filter=Exists(known.filter(item_id=OuterRef("pk"))))
    counted = parts.annotate(total=Count("pk"), met=met)
    return Exists(counted.filter(met__gt=0, met__gte=Cast(F("total"), FloatField()) * least_share))


def _marked(person_id: int, whats: tuple[InteractionType, ...]) -> QuerySet[Interaction]:
    return Interaction.objects.filter(person_id=person_id, withdrawn_at__isnull=True, what__in=whats)
