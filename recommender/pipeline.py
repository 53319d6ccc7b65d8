"""The one place where the stages meet: retrieval, ranking, diversity, explanation. Read this file first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import uuid4

from django.db.models import Q, QuerySet

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item, Kind
from recommender.retrieval.filters import filter_items, has_copy
from recommender.taste import steering
from recommender.types import (
    Evidence,
    EvidenceType,
    Filters,
    Ownership,
    Recommendation,
    RecommendRequest,
    Slate,
)


@dataclass(frozen=True)
class HomeRow:
    """One shelf of the home page; `key` is stable, for links and tests."""

    key: str
    title: str
    subtitle: str
    slate: Slate


def recommend(request: RecommendRequest) -> Slate:
    """Answers any wish, whoever asks."""
    request = steering.apply_rules(request)
    items = filter_items(request.filters, request.person_id).order_by("-popularity", "pk")
    return _popular_slate(request, items)


def explain_item(person_id: int, item_id: int) -> list[Evidence]:
    """Every true cause that speaks for an item, strongest first; also for items that were not recommended."""
    return []


def similar_items(
    item_id: int,
    person_id: int,
    limit: int,
    filters: Filters = Filters(),  # noqa: B008 - frozen
) -> tuple[Recommendation, ...]:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFoundError(f"There is no item number {item_id}.")
    filters = replace(filters, exclude_ids=(*filters.exclude_ids, item_id), include_seen=True)
    items = filter_items(filters, person_id).filter(kind=item.kind).order_by("-popularity")
    return _popular_slate(RecommendRequest(person_id, filters, limit=limit, surface="similar"), items).items


def build_home(person_id: int, ownership: Ownership = Ownership.ANY) -> list[HomeRow]:
    rows, used = [], set[int]()
    for key, title, kinds in (
        ("for-you", "Popular here", ()),
        ("screen", "Popular films and series", (Kind.FILM, Kind.SERIES)),
        ("music", "Popular music", (Kind.ALBUM, Kind.TRACK)),
        ("videos", "Popular clips and videos", (Kind.VIDEO,)),
    ):
        filters = Filters(kinds=kinds, ownership=ownership, exclude_ids=tuple(used))
        slate = recommend(RecommendRequest(person_id, filters, limit=12))
        if slate.items:
            used |= {item.item_id for item in slate.items}
            rows.append(HomeRow(key, title, "What this library holds most of", slate))
    return rows


def search(person_id: int, text: str, filters: Filters, limit: int) -> Slate:
    items = filter_items(filters, person_id, for_lookup=True)
    found = items.filter(Q(title__icontains=text) | Q(synopsis__icontains=text)).order_by("-popularity", "pk")
    request = RecommendRequest(person_id, filters, query=text, limit=limit, surface="search")
    return replace(_popular_slate(request, found), ranker="words")


def _popular_slate(request: RecommendRequest, items: QuerySet[Item]) -> Slate:
    rows = items.annotate(owned=has_copy()).values_list("pk", "kind", "title", "year", "popularity", "owned")
    picked = tuple(_recommend_popular(rows[: request.limit]))
    note = "" if picked else "Nothing here fits."
    return Slate(uuid4(), request, "popularity", picked, note)


def _recommend_popular(
    rows: Iterable[tuple[int, str, str, int | None, float, bool]],
) -> Iterable[Recommendation]:
    for item_id, kind, title, year, popularity, owned in rows:
        text = "Popular in this library."
        cause = Evidence(EvidenceType.POPULAR, text, None, popularity)
        yield Recommendation(item_id, kind, title, year, popularity, ("popular",), (cause,), text, owned)
