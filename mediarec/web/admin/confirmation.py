"""A bulk action shows how many it is about and asks once before anything happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

SHOWN = 20
CONFIRMED = "confirmed"
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def confirm_first(description: str, question: str, form_class: type[Form] | None = None) -> Callable[[Action], Action]:
    """An admin action that runs only after a page with its number, its first objects and the question was answered.

    With a form, the page asks for its fields, too; the action finds it, filled in, as `request.action_form`.
    """

    def decorate(action: Action) -> Action:
        @wraps(action)
        @admin.action(description=description)
        def ask(model_admin: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
            is_answered = request.POST.get(CONFIRMED) == "yes"
            form = form_class(request.POST if is_answered else None) if form_class else None
            if is_answered and (form is None or form.is_valid()):
                request.action_form = form  # type: ignore[attr-defined]
                return action(model_admin, request, chosen)
            return _ask(model_admin, request, chosen, {"title": description, "question": question, "form": form})

        return ask

    return decorate


def _ask(model_admin: Any, request: HttpRequest, chosen: QuerySet[Any], about: dict[str, Any]) -> HttpResponse:
    count = chosen.count()
    context = {
        **model_admin.admin_site.each_context(request),
        **about,
        "opts": model_admin.opts,
        "count": count,
        "shown": list(chosen[:SHOWN]),
        "more": max(0, count - SHOWN),
        "action": request.POST.get("action", ""),
        "select_across": request.POST.get("select_across", "0"),
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/confirm_action.html", context)
