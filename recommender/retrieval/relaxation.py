"""When nothing fits: which single wish stands in the way. Counts only; nothing is relaxed behind a person's back."""

from __future__ import annotations

from dataclasses import replace

from mediarec.library.ownership import Ownership
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


def list_relaxations(filters: Filters) -> list[tuple[str, Filters]]:
    """Each wish taken away alone, in words; those easiest to give up come first."""
    relaxations = [
        ("the runtime", replace(filters, runtime_from_seconds=None, runtime_to_seconds=None)),
        ("the years", replace(filters, year_from=None, year_to=None)),
        (f"“{', '.join(filters.all_words)}”", replace(filters, all_words=())),
        (f"“{', '.join(filters.any_words)}”", replace(filters, any_words=())),
        (f"{', '.join(filters.people)}", replace(filters, people=())),
        ("the language", replace(filters, languages=())),
        ("leaving out languages", replace(filters, no_languages=())),
        ("leaving out years", replace(filters, no_years=())),
        (f"leaving out “{', '.join(filters.none_words)}”", replace(filters, none_words=())),
        (f"leaving out {', '.join(filters.no_people)}", replace(filters, no_people=())),
        ("the choice of owned or not owned", replace(filters, ownership=Ownership.ANY)),
        ("the choice of media", replace(filters, kinds=())),
        ("leaving out what you know", replace(filters, include_seen=True)),
    ]
    return [(wording, relaxed) for wording, relaxed in relaxations if relaxed != filters]
