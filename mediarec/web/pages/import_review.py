"""Rows that could not be matched for certain: what the file says beside what the library has, and a person's word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from mediarec.library import batches, match_decisions
from mediarec.library.errors import NotFoundError
from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import ImportBatch, ImportRow, Item, Outcome
from mediarec.library.models.items import Role
from mediarec.web.auth import current_person
from mediarec.web.pages.imports import find_batch
from worker import dispatch

ROWS_PER_PAGE = 10
MOST_FOUND = 12
MOST_NAMES = 3
LONGEST_QUERY = 200
EVENT_WORDS = {"rated": "rated", "saved": "saved for later"}


@dataclass(frozen=True)
class Suggestion:
    """An item that a row may be about, as it is shown: who made it, and why it may be it."""

    item: Item
    people: str
    reasons: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True)
class UncertainRow:
    """A row that waits, with what its file says in words."""

    row: ImportRow
    title: str
    facts: list[tuple[str, str]]
    suggestions: list[Suggestion]
    kind: str


@require_GET
def import_review(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = find_batch(request, batch_id)
    waiting = batch.rows.filter(outcome=Outcome.REVIEW).order_by("number")
    page = Paginator(waiting, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "page": page,
        "doubts": [_describe(row) for row in page.object_list],
        "waiting": page.paginator.count,
        "settled": batch.rows.filter(parsed__has_key="by_hand").select_related("item").order_by("-number")[:20],
        "may_decide_for_all": current_person(request).is_staff,
        "pager_extra": "",
    }
    return render(request, "import_review.html", context)


@require_GET
def import_row_search(request: HttpRequest, batch_id: int, row_id: int) -> HttpResponse:
    """Other items that the row could be, by what a person types."""
    row = _find_row(request, batch_id, row_id)
    wanted = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    found = _search(wanted, (row.parsed.get("work") or {}).get("kind", "")) if wanted else []
    suggestions = [Suggestion(item, people) for item, people in _with_people(found)]
    context = {"row": row, "batch": row.batch, "suggestions": suggestions, "wanted": wanted}
    return render(request, "import_review/_row_search.html", context)


@require_POST
def import_resolve(request: HttpRequest, batch_id: int, row_id: int) -> HttpResponse:
    """A person's word on a row that could not be matched for certain: "new", "skip" or an item's id."""
    row = _find_row(request, batch_id, row_id)
    choice = request.POST.get("choice", "skip")
    for_everyone = request.POST.get("for_everyone") == "1" and current_person(request).is_staff
    row = batches.resolve_row(row.pk, int(choice) if choice.isdecimal() else choice, for_everyone=for_everyone)
    if row.outcome in {Outcome.ADDED, Outcome.MATCHED, Outcome.DUPLICATE}:
        dispatch.enqueue_enrichment()
    messages.success(request, "Saved. The same row in a later import will be treated the same way.")
    return _go_back(request, batch_id)


@require_POST
def import_reopen(request: HttpRequest, batch_id: int, row_id: int) -> HttpResponse:
    batches.reopen_row(_find_row(request, batch_id, row_id).pk)
    messages.info(request, "Undone. The row needs review again.")
    return _go_back(request, batch_id)


@require_GET
def import_choices(request: HttpRequest) -> HttpResponse:
    """Everything this person decided, each with a way to forget it."""
    return render(
        request, "import_choices.html", {"choices": match_decisions.list_decisions(current_person(request).pk)}
    )


@require_POST
def import_choice_forget(request: HttpRequest, choice_id: int) -> HttpResponse:
    match_decisions.delete_decision(current_person(request).pk, choice_id)
    messages.info(request, "Removed. You will be asked again next time.")
    return redirect("import-choices")


def _go_back(request: HttpRequest, batch_id: int) -> HttpResponse:
    """To the review while rows wait there, else to the import."""
    waits = ImportRow.objects.filter(batch_id=batch_id, outcome=Outcome.REVIEW).exists()
    if request.POST.get("from") == "review":
        return redirect(reverse("import-review", args=[batch_id]))
    return redirect("import-review" if waits and request.POST.get("from") else "import-detail", batch_id)


def _find_row(request: HttpRequest, batch_id: int, row_id: int) -> ImportRow:
    batch: ImportBatch = find_batch(request, batch_id)
    row = batch.rows.filter(pk=row_id).first()
    if row is None:
        raise NotFoundError("There is no such row in this import.")
    return row


def _describe(row: ImportRow) -> UncertainRow:
    work = row.parsed.get("work") or {}
    ranked = batches.list_row_candidates(row)
    items = Item.objects.select_related("parent").in_bulk([item_id for item_id, _ in ranked])
    people = dict(_with_people(items.values()))
    suggestions = [
        Suggestion(items[item_id], people[items[item_id]], evidence.reasons, evidence.confidence)
        for item_id, evidence in ranked
        if item_id in items
    ]
    return UncertainRow(
        row, str(work.get("title", "")), list(_list_facts(row, work)), suggestions, str(work.get("kind", ""))
    )


def _list_facts(row: ImportRow, work: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """What the file says, as it says it."""
    if work.get("original_title"):
        yield "Original title", str(work["original_title"])
    if work.get("year"):
        yield "Year", str(work["year"])
    if parent := work.get("parent"):
        yield {"album": "Album", "series": "Series"}.get(parent.get("kind", ""), "Part of"), str(parent["title"])
    if work.get("season") is not None:
        yield "Season", str(work["season"])
    if work.get("number") is not None:
        yield "Number", str(work["number"])
    for role, names in (work.get("people") or {}).items():
        yield str(Role(role).label) if role in Role.values else role, ", ".join(names[:MOST_NAMES])
    if work.get("runtime_seconds"):
        yield "Length", f"{round(work['runtime_seconds'] / 60)} min"
    for name, value in (work.get("ids") or {}).items():
        yield name, str(value)
    told = [EVENT_WORDS.get(event["what"], event["what"]) for event in row.parsed.get("events", ())]
    if told:
        yield "History", ", ".join(dict.fromkeys(told))
    yield "Source", row.place


def _with_people(items: Iterable[Item]) -> list[tuple[Item, str]]:
    """Each item with its first makers."""
    listed = list(items)
    names: dict[int, list[str]] = {item.pk: [] for item in listed}
    rows = Item.objects.filter(pk__in=names).exclude(credits__role=Role.ACTOR).order_by("credits__position")
    for pk, name in rows.values_list("pk", "credits__contributor__name"):
        if name and len(names[pk]) < MOST_NAMES and name not in names[pk]:
            names[pk].append(name)
    return [(item, ", ".join(names[item.pk])) for item in listed]


def _search(wanted: str, kind: str) -> list[Item]:
    """Of the same kind, by title, by an id elsewhere or by a maker's name."""
    key = normalise_title(wanted)
    found = Q(title_key__contains=key) | Q(original_title__icontains=wanted) | Q(external_ids__value__iexact=wanted)
    found |= Q(credits__contributor__name_key__startswith=key)
    rows = Item.objects.filter(found, kind=kind).select_related("parent").distinct()
    return list(rows.order_by("title_key", "year", "pk")[:MOST_FOUND])
