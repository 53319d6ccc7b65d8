"""What a person did, newest first, each with an undo."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mediarec.library.models import Interaction, InteractionType, Kind
from mediarec.web.auth import current_person

ROWS_PER_PAGE = 60


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    rows = Interaction.objects.filter(person=current_person(request), withdrawn_at__isnull=True)
    rows = rows.select_related("item", "batch").order_by("-occurred_at", "-pk")
    what, kind = request.GET.get("what", ""), request.GET.get("kind", "")
    if what in InteractionType.values:
        rows = rows.filter(what=what)
    if kind in Kind.values:
        rows = rows.filter(item__kind=kind)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "what": what,
        "kind": kind,
        "whats": InteractionType.choices,
        "kinds": Kind.choices,
        "pager_extra": f"&{urlencode({'what': what, 'kind': kind})}",
    }
    return render(request, "history.html", context)
