"""Extra filters for requests for children, because the catalogue's labels are too coarse to rely on."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import F

from mediarec.library.models import Item
from recommender.facets.sql import LoweredWords
from recommender.language.children import FOR_CHILDREN, THEMES, exclude_unsuitable, is_for_children
from recommender.types import Filters


def apply_child_safety(filters: Filters) -> Filters:
    """Adds the exclusions to a request for children; other filters are returned unchanged."""
    if not is_for_children(filters):
        return filters
    return replace(exclude_unsuitable(filters), exclude_ids=(*filters.exclude_ids, *_list_about_families()))


def fits_children(item_ids: Sequence[int], filters: Filters) -> bool:
    """Whether a request for children may return every one of these items; True for other requests."""
    if not is_for_children(filters):
        return True
    safe_filters = apply_child_safety(Filters(any_words=filters.any_words, include_seen=True))
    labelled = Item.objects.alias(words=LoweredWords(F("genres"), F("tags"))).filter(
        pk__in=item_ids, words__overlap=list(safe_filters.any_words)
    )
    fitting = labelled.exclude(words__overlap=list(safe_filters.none_words)).exclude(pk__in=safe_filters.exclude_ids)
    return fitting.count() == len(set(item_ids))


def _list_about_families() -> list[int]:
    """Items about families rather than for them: a tag such as "family" without any other label for children."""
    child_labels = [word for word in FOR_CHILDREN if word not in THEMES]
    tagged = Item.objects.alias(lowered_tags=LoweredWords(F("tags")), lowered_genres=LoweredWords(F("genres")))
    tagged = tagged.filter(lowered_tags__overlap=sorted(THEMES))
    for_children = tagged.filter(lowered_genres__overlap=list(FOR_CHILDREN)) | tagged.filter(
        lowered_tags__overlap=child_labels
    )
    return list(tagged.exclude(pk__in=for_children.values("pk")).values_list("pk", flat=True))
