"""Items that wishes and filters name, and the same in the numbers that the items have here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.facets import list_item_id_fields
from recommender.types import Filters

ITEM_LISTS = ("seed_ids", *list_item_id_fields())


def renumber(given: Any, numbers: Mapping[int, int]) -> list[int]:
    """The numbers that items have here; one that is not here is left out."""
    return [numbers[one] for one in given if isinstance(one, int) and one in numbers] if isinstance(given, list) else []


def renumber_wish(wish: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """The same wish in the numbers that items have here; what is no filter is left out."""
    filters = wish.get("filters")
    filters_here = {"filters": renumber_filters(filters, numbers)} if isinstance(filters, dict) else {}
    return _renumber_lists(wish, numbers) | filters_here


def renumber_filters(stored: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """Filters that cannot be read allow everything."""
    try:
        return Filters.from_json(_renumber_lists(stored, numbers)).to_json()
    except (ValueError, TypeError):
        return Filters().to_json()


def list_wish_items(wish: Any) -> Iterator[int]:
    for stored in (wish, wish.get("filters") if isinstance(wish, Mapping) else None):
        lists = [stored.get(name) or () for name in ITEM_LISTS] if isinstance(stored, Mapping) else []
        yield from (number for numbers in lists for number in numbers if isinstance(number, int))


def _renumber_lists(stored: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    return {name: renumber(value, numbers) if name in ITEM_LISTS else value for name, value in stored.items()}
