"""Query relaxation: which single filter to give up when nothing fits. Only counts; never relaxes by itself."""

from __future__ import annotations

from recommender.facets import list_relaxations
from recommender.retrieval.filters import filter_items
from recommender.types import Filters

NOTHING = "Nothing in the library fits."


def explain_no_results(filters: Filters, person_id: int) -> str:
    """A sentence naming the first filter without which something fits, and how many items would."""
    for wording, relaxed in list_relaxations(filters):
        count = filter_items(relaxed, person_id).count()
        if count:
            items = "one item does" if count == 1 else f"{count} items do"
            return f"{NOTHING} Without {wording}, {items}."
    return NOTHING
