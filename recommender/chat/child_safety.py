"""What a wish for children shuts out beside what it asks for: the marks of a catalogue are coarser than the wish."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import F

from mediarec.library.models import Item
from recommender.facets.sql import LoweredWords
from recommender.language.children import FOR_CHILDREN, THEMES, is_for_children, leave_out_unfit
from recommender.types import Filters


def apply_child_safety(filters: Filters) -> Filters:
    """Other wishes are left as they are."""
    if not is_for_children(filters):
        return filters
    return replace(leave_out_unfit(filters), exclude_ids=(*filters.exclude_ids, *_list_about_families()))


def fits_children(item_ids: Sequence[int], filters: Filters) -> bool:
    """Whether every one of them is what a wish for children may be given; True for other wishes."""
    if not is_for_children(filters):
        return True
    only = apply_child_safety(Filters(any_words=filters.any_words, include_seen=True))
    marked = Item.objects.alias(words=LoweredWords(F("genres"), F("tags"))).filter(
        pk__in=item_ids, words__overlap=list(only.any_words)
    )
    kept = marked.exclude(words__overlap=list(only.none_words)).exclude(pk__in=only.exclude_ids)
    return kept.count() == len(set(item_ids))


def _list_about_families() -> list[int]:
    """Works with a word such as "family" among their tags, where it is what they are about, and no mark beside it."""
    marks = [word for word in FOR_CHILDREN if word not in THEMES]
    about = Item.objects.alias(lowered_tags=LoweredWords(F("tags")), lowered_genres=LoweredWords(F("genres")))
    about = about.filter(lowered_tags__overlap=sorted(THEMES))
    made_for = about.filter(lowered_genres__overlap=list(FOR_CHILDREN)) | about.filter(lowered_tags__overlap=marks)
    return list(about.exclude(pk__in=made_for.values("pk")).values_list("pk", flat=True))
