"""Turns the one family of errors into a page, once, and says what a page may load."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from mediarec.library.errors import MediarecError, NotFoundError
from mediarec.web.pages import errors

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# The admin theme and the API's documentation page evaluate small expressions in their own bundled scripts.
LENIENT_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'")
PROGRAMS_PREFIX = "/api/"
LENIENT_PREFIXES = ("/admin/", "/api/docs")

Handler = Callable[[HttpRequest], HttpResponse]


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """Whose session has ended signs in and is back on the page, not at the address of the button that was pressed."""

    def handle_no_permission(  # type: ignore[override]  # the stubs know of redirects only
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        htmx = getattr(request, "htmx", None)
        if htmx:  # a fragment's place is too small for the login page
            response = HttpResponse(status=401)
            response["HX-Redirect"] = redirect_to_login(htmx.current_url_abs_path or "/").url
            return response
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        came_from = urlsplit(request.headers.get("Referer", ""))
        return redirect_to_login(came_from.path if came_from.netloc == request.get_host() else "/")


class ErrorSentenceMiddleware:
    """Shows a MediarecError as its sentence with the status that fits; the database being down likewise."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_blank = isinstance(response, HttpResponseNotAllowed) and not response.content
        if not is_blank or request.path.startswith(PROGRAMS_PREFIX):
            return response
        shown = errors.wrong_method(request)
        shown["Allow"] = response["Allow"]
        return shown

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, errors.DATABASE_ERRORS):
            return errors.database_is_down(request)
        if isinstance(exception, MediarecError):
            is_gone = exception.status == NotFoundError.status and request.method == "GET"
            return errors.show_error(request, exception.status, str(exception), title="Not found" if is_gone else "")
        return None


class ContentSecurityPolicyMiddleware:
    """Nothing is loaded from another host, whatever a template says."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        lenient = request.path.startswith(LENIENT_PREFIXES)
        response.headers.setdefault("Content-Security-Policy", LENIENT_POLICY if lenient else POLICY)
        return response
