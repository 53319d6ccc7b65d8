"""Mending a wrong match: files and events of an item that belong to another one, or to one that is not there yet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from mediarec.library import item_edits, item_lookup
from mediarec.library.errors import MediarecError
from mediarec.library.models import Item
from mediarec.web.auth import current_person
from worker import dispatch

MOST_CANDIDATES = 20
MOST_EVENTS = 300


def fix_match(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Shows what can be moved and to where; moves it when it was sent."""
    item = item_lookup.find_item(int(object_id))
    if request.method == "POST" and "target" in request.POST:
        try:
            moved = _move(request, item)
        except MediarecError as error:
            messages.error(request, str(error))
            return redirect(request.get_full_path())
        messages.success(request, f"Moved {moved.files} files and {moved.events} events to {moved.target}.")
        return redirect("admin:library_item_change", moved.target.pk)
    wanted = request.GET.get("q", item.title).strip()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Fix match: {item}",
        "opts": model_admin.opts,
        "item": item,
        "wanted": wanted,
        "files": item.files.order_by("path"),
        "events": item.interactions.filter(withdrawn_at__isnull=True).select_related("person", "batch")[:MOST_EVENTS],
        "candidates": _find_candidates(item, wanted),
    }
    return TemplateResponse(request, "admin/fix_match.html", context)


def _move(request: HttpRequest, item: Item) -> item_edits.MoveSummary:
    target = request.POST["target"]
    chosen: int | str = int(target) if target.isdecimal() else request.POST.get("new_title", "")
    files = [int(pk) for pk in request.POST.getlist("files") if pk.isdecimal()]
    events = [int(pk) for pk in request.POST.getlist("events") if pk.isdecimal()]
    moved = item_edits.move_to_item(item, chosen, files, events, current_person(request))
    dispatch.enqueue_enrichment()
    return moved


def _find_candidates(item: Item, wanted: str) -> list[Item]:
    """By title, by number or by a name that another catalogue gives it."""
    if not wanted:
        return []
    key = item_lookup.normalise_title(wanted)
    found = Q(title_key__contains=key) | Q(original_title__icontains=wanted) | Q(external_ids__value__iexact=wanted)
    if wanted.isdecimal() and len(wanted) < 18:
        found |= Q(pk=int(wanted))
    rows = Item.objects.filter(found).exclude(pk=item.pk).select_related("parent").distinct()
    return list(rows.order_by("title_key", "year", "pk")[:MOST_CANDIDATES])
