"""The SQL condition of each facet on items. Knows no person and no order."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Lower

from mediarec.library.models import Credit, Item, MediaFile
from mediarec.library.ownership import Ownership
from recommender.types import Filters


class LoweredWords(Func):
    """Genres and tags of a row as one lower-case array."""

    arg_joiner = " || "
    template = "string_to_array(lower(array_to_string(%(expressions)s, chr(31))), chr(31))"
    output_field = ArrayField(TextField())


LABELS = LoweredWords(F("genres"), F("tags"))


def of_kinds(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.filter(kind__in=filters.kinds)


def with_any_label(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.alias(labels=LABELS).filter(labels__overlap=_lower(filters.any_words))


def with_all_labels(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.alias(labels=LABELS).filter(Q(labels__contains=_lower(filters.all_words)))


def with_no_label(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.alias(labels=LABELS).exclude(labels__overlap=_lower(filters.none_words))


def by_people(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.filter(_credited(filters.people))


def by_none_of(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.exclude(_credited(filters.no_people))


def _credited(names: tuple[str, ...]) -> Exists:
    credits = Credit.objects.filter(item_id=OuterRef("pk")).alias(lowered=Lower("contributor__name"))
    return Exists(credits.filter(lowered__in=_lower(names)))


def in_languages(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.alias(spoken=Lower("language")).filter(spoken__in=_lower(filters.languages))


def in_no_language(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    """Items without a known language are kept."""
    return items.alias(spoken=Lower("language")).exclude(spoken__in=_lower(filters.no_languages))


def from_years(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return _within(items, "year", filters.year_from, filters.year_to)


def of_length(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return _within(items, "runtime_seconds", filters.runtime_from_seconds, filters.runtime_to_seconds)


def _within(items: QuerySet[Item], column: str, low: int | None, high: int | None) -> QuerySet[Item]:
    """Items without a value are excluded by any bound."""
    bounds = {f"{column}__gte": low, f"{column}__lte": high}
    return items.filter(**{name: bound for name, bound in bounds.items() if bound is not None})


def outside_years(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    for low, high in filters.no_years:
        items = items.exclude(year__range=(low, high))
    return items


def by_ownership(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    owned = has_copy()
    return items.filter(owned) if filters.ownership == Ownership.OWNED else items.exclude(owned)


def has_copy() -> Q:
    """An album or series is owned when one of its tracks or episodes is."""
    copies = MediaFile.objects.filter(is_missing=False)
    return Q(Exists(copies.filter(item_id=OuterRef("pk")))) | Q(Exists(copies.filter(item__parent_id=OuterRef("pk"))))


def without_items(items: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    return items.exclude(pk__in=filters.exclude_ids)


def _lower(words: Iterable[str]) -> list[str]:
    return [word.strip().lower() for word in words]
