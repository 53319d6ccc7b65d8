"""What the machine believes of a person, in sentences they can switch off, and the rules they gave."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item
from mediarec.web.people import signed_in
from recommender.models import SteeringRule, TasteStatement
from recommender.taste import statements


@require_GET
def taste(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    rows = list(statements.list_statements(person.pk))
    shown = Item.objects.in_bulk({item_id for row in rows for item_id in row.evidence[:6]})
    context = {
        "statements": [(row, [shown[pk] for pk in row.evidence[:6] if pk in shown]) for row in rows],
        "rules": SteeringRule.objects.filter(person=person),
    }
    return render(request, "taste.html", context)


@require_POST
def taste_refresh(request: HttpRequest) -> HttpResponse:
    statements.refresh_statements(signed_in(request).pk)
    return redirect("taste")


@require_POST
def statement_switch(request: HttpRequest, statement_id: int) -> HttpResponse:
    """On or off; an off sentence no longer enters the ranking and is not computed back on."""
    row = TasteStatement.objects.filter(pk=statement_id, person=signed_in(request)).first()
    if row is None:
        raise NotFoundError("There is no such sentence.")
    row.is_active = not row.is_active
    row.is_edited = True
    row.save(update_fields=["is_active", "is_edited", "updated_at"])
    return redirect("taste")


@require_POST
def rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    row = SteeringRule.objects.filter(pk=rule_id, person=signed_in(request)).first()
    if row is None:
        raise NotFoundError("There is no such rule.")
    row.is_active = not row.is_active
    row.save(update_fields=["is_active"])
    return redirect("taste")
