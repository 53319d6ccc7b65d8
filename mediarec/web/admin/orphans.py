"""The admin's page of what belongs to nothing: always a dry run first, and a cap that has to be raised by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from mediarec.library import audit
from mediarec.library import orphans as library_orphans
from mediarec.library.errors import MediarecError
from mediarec.web.auth import current_person
from recommender import orphans as machine_orphans

SHOWN = 12


def find_all() -> list[library_orphans.Orphans]:
    return [*library_orphans.find_orphans(), *machine_orphans.find_orphans()]


def orphans(model_admin: Any, request: HttpRequest) -> HttpResponse:
    found = find_all()
    if request.method == "POST":
        chosen = [part for part in found if part.part in request.POST.getlist("parts")]
        _delete(request, chosen)
        return redirect("admin:library_orphans")
    cap = library_orphans.Cap()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Orphaned data",
        "opts": model_admin.opts,
        "parts": [
            {"found": part, "shown": part.names[:SHOWN], "is_over": not cap.allows(part.count, part.total)}
            for part in found
        ],
        "total": sum(part.count for part in found),
        "cap": cap,
    }
    return TemplateResponse(request, "admin/orphans.html", context)


def _delete(request: HttpRequest, chosen: Sequence[library_orphans.Orphans]) -> None:
    given = request.POST.get("most", "")
    cap = library_orphans.Cap(most=int(given)) if given.isdecimal() and len(given) < 10 else library_orphans.Cap()
    try:
        deleted = library_orphans.delete_orphans(chosen, cap)
    except MediarecError as error:
        messages.error(request, str(error))
        return
    names = {part.part: part.names[: library_orphans.SHOWN] for part in chosen}
    audit.record_event(
        current_person(request), "deleted orphans", "orphans", ("", "orphans"), before=names, after=deleted
    )
    told = ", ".join(f"{count} {part}" for part, count in deleted.items() if count)
    messages.success(request, f"Deleted: {told}." if told else "Nothing was deleted.")
