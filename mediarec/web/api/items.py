"""/items: one work, its neighbours, why it fits, and search."""

from typing import cast

from django.http import HttpRequest
from ninja import Query, Router

from mediarec.library import item_lookup
from mediarec.library.models import Item, Person
from mediarec.web.api.schemas import CreditOut, EvidenceOut, FiltersIn, ItemOut, RecommendationOut, SlateOut
from recommender import pipeline

router = Router()


@router.get("/search", response=SlateOut, summary="Search titles, people, words and meaning")
def search_items(request: HttpRequest, text: str, filters: Query[FiltersIn], limit: int = 20) -> SlateOut:
    person = cast(Person, request.user)
    wish = pipeline.SearchQuery(person.pk, text[:500], filters=filters.to_filters(), limit=max(1, min(limit, 100)))
    return SlateOut.build(pipeline.search(wish))


@router.get("/{item_id}", response=ItemOut)
def read_item(request: HttpRequest, item_id: int) -> ItemOut:
    return _build_item(item_lookup.find_item(item_id))


@router.get("/{item_id}/similar", response=list[RecommendationOut])
def list_similar(request: HttpRequest, item_id: int, limit: int = 12) -> list[RecommendationOut]:
    person = cast(Person, request.user)
    lines = pipeline.similar_items(item_id, person.pk, max(1, min(limit, 100)))
    return [RecommendationOut.build(line) for line in lines]


@router.get("/{item_id}/why", response=list[EvidenceOut], summary="Reasons from your history to recommend this item")
def explain_item(request: HttpRequest, item_id: int) -> list[EvidenceOut]:
    person = cast(Person, request.user)
    item_lookup.find_item(item_id)
    return [EvidenceOut.build(evidence) for evidence in pipeline.explain_item(person.pk, item_id)]


def _build_item(item: Item) -> ItemOut:
    credits = item.credits.select_related("contributor").order_by("role", "position")
    return ItemOut(
        id=item.pk,
        kind=item.kind,
        title=item.title,
        original_title=item.original_title,
        year=item.year,
        genres=item.genres,
        tags=item.tags,
        language=item.language,
        runtime_seconds=item.runtime_seconds,
        synopsis=item.synopsis,
        credits=[CreditOut(name=credit.contributor.name, role=credit.role) for credit in credits],
        external_ids={known.namespace: known.value for known in item.external_ids.all()},
        owned=item.files.filter(is_missing=False).exists(),
    )
