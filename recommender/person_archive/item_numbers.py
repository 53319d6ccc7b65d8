"""Filters and wishes: which items they name, and the same in the numbers that items have here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recommender.facets import list_item_id_fields
from recommender.person_archive.values import renumber
from recommender.types import Filters

ITEM_LISTS = ("seed_ids", *list_item_id_fields())


def renumber_wish(wish: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """The same wish in the numbers that items have here; what is no filter is left out."""
    told = {name: renumber(value, numbers) if name in ITEM_LISTS else value for name, value in wish.items()}
    filters = wish.get("filters")
    return told | ({"filters": read_filters(filters, numbers)} if isinstance(filters, dict) else {})


def read_filters(stored: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    told = {name: renumber(value, numbers) if name in ITEM_LISTS else value for name, value in stored.items()}
    try:
        return Filters.from_json(told).to_json()
    except (ValueError, TypeError):
        return Filters().to_json()


def list_wish_items(wishes: Iterable[Any]) -> Iterator[int]:
    for wish in wishes:
        filters = wish.get("filters") if isinstance(wish, dict) else None
        for stored in (wish, filters):
            given = [stored.get(name) or () for name in ITEM_LISTS] if isinstance(stored, dict) else []
            yield from (number for numbers in given for number in numbers if isinstance(number, int))
