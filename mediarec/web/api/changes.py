"""/changes: items merged and split, by who keeps the installation, and taking either back."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from mediarec.library import audit, item_merge
from mediarec.library.models import ItemChange
from mediarec.web.auth import require_staff
from worker import dispatch

router = Router()
MOST_LISTED = 200


class ChangeOut(Schema):
    id: int
    act: str
    label: str
    item_id: int | None
    made_at: datetime
    undone_at: datetime | None


class MergeIn(Schema):
    items: list[int]


class SplitIn(Schema):
    """What goes to the new item."""

    item: int
    title: str = ""
    year: int | None = None
    files: list[int] = []
    interactions: list[int] = []
    external_ids: list[int] = []


@router.get("", response=list[ChangeOut])
def list_changes(request: HttpRequest) -> list[ItemChange]:
    require_staff(request)
    return list(ItemChange.objects.all()[:MOST_LISTED])


@router.post("/merge", response={201: ChangeOut}, summary="Merge several items into the oldest")
def merge_items(request: HttpRequest, wish: MergeIn) -> tuple[int, ItemChange]:
    keeper = require_staff(request)
    kept = item_merge.merge_items(wish.items, keeper)
    audit.record_change(keeper, "merged", kept, {"items": wish.items}, {"kept": kept.pk})
    dispatch.enqueue_enrichment()
    return 201, kept.changes.latest("pk")


@router.post("/split", response={201: ChangeOut}, summary="Move files, events and ids of an item to a new one")
def split_item(request: HttpRequest, wish: SplitIn) -> tuple[int, ItemChange]:
    keeper = require_staff(request)
    parting = item_merge.SplitRequest(wish.title, wish.year, wish.files, wish.interactions, wish.external_ids)
    made = item_merge.split_item(wish.item, parting, keeper)
    audit.record_change(keeper, "split", made, {"item": wish.item}, {"made": made.pk})
    dispatch.enqueue_enrichment()
    return 201, ItemChange.objects.latest("pk")


@router.post("/{change_id}/undo", response=ChangeOut, summary="Undo a merge or a split")
def undo_change(request: HttpRequest, change_id: int) -> ItemChange:
    keeper = require_staff(request)
    change = item_merge.undo_change(change_id)
    audit.record_change(keeper, "took back", change, {}, {"label": change.label})
    dispatch.enqueue_enrichment()
    return change
