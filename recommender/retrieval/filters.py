"""What may be recommended to a person, in SQL. Knows nothing of scores."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Count,
    Exists,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
)
from django.db.models.functions import Cast, Lower

from mediarec.library.exclusions import exclude_excluded_items
from mediarec.library.models import Credit, Interaction, InteractionType, Item, Kind, MediaFile
from mediarec.library.ownership import Ownership
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


class LoweredWords(Func):
    """Genres and tags of a row as one lower-case array."""

    arg_joiner = " || "
    template = "string_to_array(lower(array_to_string(%(expressions)s, chr(31))), chr(31))"
    output_field = ArrayField(TextField())


def filter_items(
    filters: Filters, person_id: int, *, for_lookup: bool = False, with_episodes: bool = False
) -> QuerySet[Item]:
    """Items that fit every filter and that this person has not met.

    Hidden items never return. `for_lookup` is for a person who names a thing: seen and disliked items are found.
    Episodes stand behind their series unless asked for.
    """
    items = exclude_excluded_items(Item.objects.all())
    items = _filter_kinds(items, filters, with_episodes=with_episodes)
    items = _filter_words(items, filters)
    items = _filter_people(items, filters)
    items = _filter_ranges(items, filters)
    items = _filter_ownership(items, filters.ownership)
    if filters.exclude_ids:
        items = items.exclude(pk__in=filters.exclude_ids)
    rejected = (InteractionType.HIDDEN,) if for_lookup else REJECTED
    items = _leave_out_rejected(items, person_id, rejected)
    return items if for_lookup or filters.include_seen else _leave_out_known(items, person_id)


def _filter_kinds(items: QuerySet[Item], filters: Filters, *, with_episodes: bool) -> QuerySet[Item]:
    if filters.kinds:
        items = items.filter(kind__in=filters.kinds)
    if Kind.EPISODE not in filters.kinds and not with_episodes:  # the series is recommended in place of its episodes
        items = items.exclude(kind=Kind.EPISODE, parent__isnull=False)
    return items


def _filter_words(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    if not (filters.any_words or filters.all_words or filters.none_words):
        return items
    items = items.alias(words=LoweredWords(F("genres"), F("tags")))
    if filters.any_words:
        items = items.filter(words__overlap=_lower(filters.any_words))
    if filters.all_words:
        items = items.filter(Q(words__contains=_lower(filters.all_words)))
    if filters.none_words:
        items = items.exclude(words__overlap=_lower(filters.none_words))
    return items


def _filter_people(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    if filters.people:
        items = items.filter(_credited(filters.people))
    if filters.no_people:
        items = items.exclude(_credited(filters.no_people))
    return items


def _credited(names: tuple[str, ...]) -> Exists:
    credits = Credit.objects.filter(item_id=OuterRef("pk")).alias(lowered=Lower("contributor__name"))
    return Exists(credits.filter(lowered__in=_lower(names)))


def _filter_ranges(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    """An unknown year or runtime cannot be said to fit, so a bound leaves it out."""
    bounds = {
        "year__gte": filters.year_from,
        "year__lte": filters.year_to,
        "runtime_seconds__gte": filters.runtime_from_seconds,
        "runtime_seconds__lte": filters.runtime_to_seconds,
    }
    items = items.filter(**{name: bound for name, bound in bounds.items() if bound is not None})
    for low, high in filters.no_years:
        items = items.exclude(year__range=(low, high))
    if filters.languages:
        items = items.alias(lowered_language=Lower("language")).filter(lowered_language__in=_lower(filters.languages))
    if filters.no_languages:
        refused = Lower("language")  # of what has no known language nothing can be said
        items = items.alias(spoken=refused).exclude(spoken__in=_lower(filters.no_languages))
    return items


def _filter_ownership(items: QuerySet[Item], ownership: Ownership) -> QuerySet[Item]:
    if ownership == Ownership.ANY:
        return items
    owned = has_copy()
    return items.filter(owned) if ownership == Ownership.OWNED else items.exclude(owned)


def has_copy() -> Q:
    """An album or series is owned when one of its tracks or episodes is."""
    copies = MediaFile.objects.filter(is_missing=False)
    return Q(Exists(copies.filter(item_id=OuterRef("pk")))) | Q(Exists(copies.filter(item__parent_id=OuterRef("pk"))))


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


def _lower(words: tuple[str, ...]) -> list[str]:
    return [word.strip().lower() for word in words]
