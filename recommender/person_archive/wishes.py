"""Item IDs in archived filters and playlist requests: listing them, and mapping them to this installation's IDs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recommender.facets import list_item_id_fields
from recommender.person_archive.values import renumber
from recommender.types import Filters

ITEM_LISTS = ("seed_ids", *list_item_id_fields())


def renumber_wish(wish: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """The request with the item IDs of this installation; invalid filters become empty ones."""
    mapped = {name: renumber(value, numbers) if name in ITEM_LISTS else value for name, value in wish.items()}
    filters = wish.get("filters")
    return mapped | ({"filters": read_filters(filters, numbers)} if isinstance(filters, dict) else {})


def read_filters(stored: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    mapped = {name: renumber(value, numbers) if name in ITEM_LISTS else value for name, value in stored.items()}
    try:
        return Filters.from_json(mapped).to_json()
    except (ValueError, TypeError):
        return Filters().to_json()


def list_wish_items(wishes: Iterable[Any]) -> Iterator[int]:
    for wish in wishes:
        filters = wish.get("filters") if isinstance(wish, dict) else None
        for stored in (wish, filters):
            id_lists = [stored.get(name) or () for name in ITEM_LISTS] if isinstance(stored, dict) else []
            yield from (number for numbers in id_lists for number in numbers if isinstance(number, int))
