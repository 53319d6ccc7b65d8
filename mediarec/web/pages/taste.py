"""What the machine believes of a person, in sentences they can switch off, and the rules they gave."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.models import Item
from mediarec.web.auth import current_person
from recommender.models import SteeringRule
from recommender.taste import ignored_items, statement_editing, statement_suggestions, statements

WEIGHTS = ((0.5, "half"), (1.0, "normal"), (2.0, "double"))


@require_GET
def taste(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    rows = list(statements.list_statements(person.pk))
    shown = Item.objects.in_bulk({item_id for row in rows for item_id in row.evidence[:6]})
    context = {
        "statements": [(row, [shown[pk] for pk in row.evidence[:6] if pk in shown]) for row in rows],
        "proposals": statement_suggestions.list_suggestions(person.pk),
        "weights": WEIGHTS,
        "rules": SteeringRule.objects.filter(person=person),
        "unused": ignored_items.list_ignored(person.pk),
    }
    return render(request, "taste.html", context)


@require_POST
def taste_refresh(request: HttpRequest) -> HttpResponse:
    statements.refresh_statements(current_person(request).pk)
    return redirect("taste")


@require_POST
def statement_switch(request: HttpRequest, statement_id: int) -> HttpResponse:
    """On or off; an off sentence no longer enters the ranking and is not computed back on."""
    statement_editing.set_statement_enabled(current_person(request).pk, statement_id)
    return redirect("taste")


@require_POST
def statement_add(request: HttpRequest) -> HttpResponse:
    """A sentence in the person's own words, for or against something."""
    sign = -1 if request.POST.get("sign") == "-1" else 1
    _try(
        request, lambda: statement_editing.add_statement(current_person(request).pk, request.POST.get("text", ""), sign)
    )
    return redirect("taste")


@require_POST
def statement_act(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Edits, weighs or deletes, by the field "act"."""
    person_id, act = current_person(request).pk, request.POST.get("act", "")
    statement_editing.find_statement(person_id, statement_id)
    acts: dict[str, Callable[[], object]] = {
        "edit": lambda: statement_editing.edit_statement(person_id, statement_id, request.POST.get("text", "")),
        "weigh": lambda: statement_editing.set_statement_weight(person_id, statement_id, _read_times(request)),
        "delete": lambda: statement_editing.delete_statement(person_id, statement_id),
    }
    if act not in acts:
        raise NotUnderstoodError("Choose to edit, weight or delete the sentence.")
    _try(request, acts[act])
    return redirect("taste")


@require_POST
def proposal_answer(request: HttpRequest) -> HttpResponse:
    """Keeps or refuses a sentence that a playlist or an edit suggests."""
    answer = {"keep": statement_suggestions.accept_suggestion, "refuse": statement_suggestions.dismiss_suggestion}.get(
        request.POST.get("act", "")
    )
    if answer is None:
        raise NotUnderstoodError("Choose to accept or reject the sentence.")
    answer(current_person(request).pk, request.POST.get("text", ""))
    return redirect("taste")


def _try(request: HttpRequest, change: Callable[[], object]) -> None:
    """What was not understood is said on the page that it was typed on."""
    try:
        change()
    except NotUnderstoodError as error:
        messages.error(request, str(error))


def _read_times(request: HttpRequest) -> float:
    try:
        return float(request.POST.get("times", ""))
    except ValueError as error:
        raise NotUnderstoodError("Choose a weight for the sentence.") from error


@require_POST
def rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    row = SteeringRule.objects.filter(pk=rule_id, person=current_person(request)).first()
    if row is None:
        raise NotFoundError("There is no such rule.")
    row.is_active = not row.is_active
    row.save(update_fields=["is_active"])
    return redirect("taste")
