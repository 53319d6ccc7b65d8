"""Pages for what went wrong. None of them needs the database: it may be what went wrong."""

import sys

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

DATABASE_ERRORS = (OperationalError, InterfaceError)
FIRST_SERVER_ERROR = 500
GONE_FOR_GOOD = (403, 404, 405)  # asking once more answers the same


def show_error(request: HttpRequest, status: int, sentence: str, advice: str = "", title: str = "") -> HttpResponse:
    """A page, or for htmx a message in the corner. The navigation is left out where it cannot be drawn."""
    if getattr(request, "htmx", False):
        context = {"text": f"{sentence} {advice}".strip(), "level": "error"}
        response = render(request, "components/_toast.html", context, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
        return response
    label, path = _find_way_on(request, status)
    context = {"sentence": sentence, "advice": advice, "title": title, "label": label, "path": path}
    return HttpResponse(_draw(request, context, framed=status < FIRST_SERVER_ERROR), status=status)


def _find_way_on(request: HttpRequest, status: int) -> tuple[str, str]:
    """Where a form was sent from, with what was written in it; what only failed can be asked for again."""
    if request.method not in {"GET", "HEAD"}:
        came_from = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
        return ("Go back", came_from) if is_ours else ("", "")
    return ("", "") if status in GONE_FOR_GOOD else ("Try again", request.get_full_path())


def database_is_down(request: HttpRequest) -> HttpResponse:
    return show_error(
        request,
        503,
        "The database is not responding, so this page cannot be shown right now. No data is lost.",
        "It is usually back within a minute; `manage.py status` says more.",
        "Please wait",
    )


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = str(exception) if isinstance(exception, PermissionDenied) and str(exception) else ""
    return show_error(request, 403, sentence or "You do not have access to this page.", title="Not allowed")


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    return show_error(
        request,
        403,
        "This form has expired or did not come from this site. Nothing was changed.",
        "Reload the page and send the form again.",
        "Not allowed",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = str(exception.args[0]) if isinstance(exception, Http404) and exception.args else ""
    return show_error(request, 404, _own_words(sentence) or "There is no page at this address.", title="Not found")


def wrong_method(request: HttpRequest) -> HttpResponse:
    """Somebody opened the address of a button, by hand or after signing in again."""
    sentence = "This address only receives forms; there is no page to show here."
    return show_error(request, 405, sentence, title="Not found")


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], DATABASE_ERRORS):
        return database_is_down(request)
    return show_error(
        request,
        500,
        "An error occurred. The details are in the log.",
        "You can go back and try again. Saved data is safe.",
        "Something went wrong",
    )


def _own_words(sentence: str) -> str:
    """Django's own 404 texts carry internals; only a sentence of ours is shown."""
    return sentence if sentence.endswith(".") and "matches the given query" not in sentence else ""


def _draw(request: HttpRequest, context: dict[str, str], *, framed: bool) -> str:
    """Without the frame nothing asks who is signed in, so it needs no database and no session."""
    if framed and hasattr(request, "user"):
        try:
            if request.user.is_authenticated:
                return render_to_string("error.html", {**context, "frame": "base.html"}, request)
        except DATABASE_ERRORS:
            pass  # the page without the frame says what is to be said
    return render_to_string("error.html", {**context, "frame": "base_bare.html"})
