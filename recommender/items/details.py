"""Labels and credits of items, cached in this process. Knows no person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mediarec.library.models import Credit, Item
from recommender.caching import TTLCache
from recommender.items.labels import item_labels
from recommender.vectors.sql import any_of

CACHED_ITEMS = 20_000
CACHE_SECONDS = 300.0  # as for vectors, which change by the same edits


@dataclass(frozen=True)
class ItemDetail:
    """The properties by which an item of the history resembles others."""

    year: int | None
    parent_id: int | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class ItemCredit:
    contributor_id: int
    name: str
    role: str


_details: TTLCache[int, ItemDetail] = TTLCache(CACHED_ITEMS, CACHE_SECONDS)
_credits: TTLCache[int, tuple[ItemCredit, ...]] = TTLCache(CACHED_ITEMS, CACHE_SECONDS)


def load_details(item_ids: Sequence[int]) -> dict[int, ItemDetail]:
    """Details by item; an item that is gone is absent."""
    return _details.get_many(item_ids, _read_details)


def load_credits(item_ids: Sequence[int]) -> dict[int, tuple[ItemCredit, ...]]:
    """Credits by item, in credit order; an item without credits maps to ()."""
    return _credits.get_many(item_ids, _read_credits)


def _read_details(item_ids: list[int]) -> dict[int, ItemDetail]:
    rows = Item.objects.filter(any_of("pk", item_ids)).values_list("pk", "year", "parent_id", "genres", "tags")
    return {pk: ItemDetail(year, parent, item_labels(genres, tags)) for pk, year, parent, genres, tags in rows}


def _read_credits(item_ids: list[int]) -> dict[int, tuple[ItemCredit, ...]]:
    credits_by_item: dict[int, list[ItemCredit]] = defaultdict(list)
    rows = Credit.objects.filter(any_of("item_id", item_ids)).order_by("position", "pk")
    fields = rows.values_list("item_id", "contributor_id", "contributor__name", "role")
    for item_id, contributor_id, name, role in fields:
        credits_by_item[item_id].append(ItemCredit(contributor_id, name, role))
    return {item_id: tuple(credits_by_item.get(item_id, ())) for item_id in item_ids}
