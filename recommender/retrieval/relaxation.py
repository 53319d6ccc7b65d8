"""When nothing fits: which single wish stands in the way. Counts only; nothing is relaxed behind a person's back."""

from __future__ import annotations

from recommender.facets import list_relaxations
from recommender.retrieval.filters import filter_items
from recommender.types import Filters

NOTHING = "Nothing in the library fits."


def explain_no_results(filters: Filters, person_id: int) -> str:
    """Names the first wish without which something would be found, and how much."""
    for wording, relaxed in list_relaxations(filters):
        found = filter_items(relaxed, person_id).count()
        if found:
            items = "one item does" if found == 1 else f"{found} items do"
            return f"{NOTHING} Without {wording}, {items}."
    return NOTHING
