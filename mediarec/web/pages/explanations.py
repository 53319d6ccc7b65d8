"""Reasons that can be answered: more or less of an aspect, no longer use a work, and why something is not there."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from mediarec.library import item_lookup
from mediarec.library.models import Interaction, Item, Person
from mediarec.web.auth import current_person
from mediarec.web.pages.feedback import draw_row, draw_toast, read_next
from recommender import pipeline
from recommender.explanation import llm_wording
from recommender.explanation.critique_options import list_critiques, select_critiques, toggle_critique
from recommender.models import UnusedItem
from recommender.taste import ignored_items, statements
from recommender.types import Evidence
from recommender.why_not import explain_why_not

SHOWN_CAUSES = 4
WHY_TARGET = "#reasons"


@dataclass(frozen=True)
class Cause:
    """A reason, the work it was read from, and how many percent of what speaks for the other hang on it."""

    evidence: Evidence
    item: Item | None

    @property
    def percent(self) -> int | None:
        return None if self.evidence.share is None else round(100 * self.evidence.share)


def describe_reasons(person: Person, item: Item) -> dict[str, Any]:
    """What `item_detail/_why.html` needs."""
    causes = pipeline.explain_item(person.pk, item.pk)[:SHOWN_CAUSES]
    items = Item.objects.in_bulk([cause.item_id for cause in causes if cause.item_id])
    shown = [Cause(cause, items.get(cause.item_id or 0)) for cause in causes]
    return {
        "item": item,
        "causes": shown,
        "has_shares": any(cause.percent for cause in shown),
        "may_word": bool(causes) and llm_wording.may_reword(),
        "aspects": list_critiques(person.pk, item),
        "is_unused": UnusedItem.objects.filter(person=person, item=item).exists(),
        "has_events": Interaction.objects.filter(person=person, item=item, withdrawn_at__isnull=True).exists(),
    }


@require_GET
def item_wording(request: HttpRequest, item_id: int) -> HttpResponse:
    """The same causes in one sentence of the language model's; nothing where it has none that passes the check."""
    item = item_lookup.find_item(item_id)
    causes = pipeline.explain_item(current_person(request).pk, item.pk)[:SHOWN_CAUSES]
    return render(request, "item_detail/_wording.html", {"wording": llm_wording.reword_reasons(item, causes)})


@require_GET
def item_aspects(request: HttpRequest, item_id: int) -> HttpResponse:
    """The chips alone, for a card that asks for them."""
    item = item_lookup.find_item(item_id)
    context = {
        "item": item,
        "aspects": select_critiques(list_critiques(current_person(request).pk, item)),
        "row": request.GET.get("row", ""),
    }
    return render(request, "item_detail/_aspects.html", context)


@require_POST
def critique_toggle(request: HttpRequest, item_id: int) -> HttpResponse:
    """Keeps the answer as a rule, or takes it back where it stands; the answer redraws where the click came from."""
    person, item = current_person(request), item_lookup.find_item(item_id)
    key = request.POST.get("aspect", "")
    rule = toggle_critique(person.pk, item, key)
    text = rule.understood if rule.is_active else f"Undone: {rule.understood}"
    return _answer(request, item, text, key if rule.is_active else "")


@require_POST
def item_ignore(request: HttpRequest, item_id: int) -> HttpResponse:
    """Stops using a work for the taste, or uses it again; `shown` is the work whose page asks."""
    person, item = current_person(request), item_lookup.find_item(item_id)
    if request.POST.get("act") == "again":
        ignored_items.restore_item(person.pk, item.pk)
        text = f"“{item.title}” counts for your taste again."
    else:
        ignored_items.ignore_item(person.pk, item.pk)
        text = f"“{item.title}” is now ignored for your taste. You can undo this under Your taste."
    statements.refresh_statements(person.pk)
    shown = request.POST.get("shown", "")
    return _answer(request, item_lookup.find_item(int(shown)) if shown.isdecimal() else item, text, "")


@require_GET
def why_not(request: HttpRequest, item_id: int) -> HttpResponse:
    """Why a work is not on the person's list, in place; without scripts on the work's page."""
    item = item_lookup.find_item(item_id)
    absence = explain_why_not(current_person(request).pk, item.pk)
    if not request.htmx:  # type: ignore[attr-defined]
        messages.info(request, absence.text)
        return redirect("item-detail", item.pk)
    return render(request, "item_detail/_why_not.html", {"item": item, "absence": absence})


def _answer(request: HttpRequest, item: Item, text: str, key: str) -> HttpResponse:
    """`key` is the aspect that a press on "Undo" presses again."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, text)
        return redirect(read_next(request, item))
    row = request.POST.get("row", "")
    if row:
        body, place = draw_row(request, row), {"target": f"#items-{row}", "swap": "innerHTML", "row": row}
    else:
        body = render_to_string("item_detail/_why.html", describe_reasons(current_person(request), item), request)
        place = {"target": WHY_TARGET, "swap": "outerHTML"}
    undo_url = reverse("aspect-press", args=[item.pk]) if key else ""
    return HttpResponse(body + draw_toast(request, text, None, {**place, "undo_url": undo_url, "aspect": key}))
