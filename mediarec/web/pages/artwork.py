"""Pictures of works, by the name of their content: they never change, so a browser keeps them."""

import re
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

KNOWN_NAME = re.compile(r"[0-9A-Za-z_-]{1,72}\.(webp|png|jpg|svg)")
TYPES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}
YEAR_SECONDS = 365 * 24 * 60 * 60


@require_safe
def artwork(request: HttpRequest, name: str) -> HttpResponse:
    if not KNOWN_NAME.fullmatch(name):
        raise Http404("There is no such picture.")
    etag = f'"{name}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    path = Path(settings.ARTWORK_ROOT) / name
    try:
        response = HttpResponse(path.read_bytes(), content_type=TYPES[path.suffix])
    except OSError as error:
        raise Http404("There is no such picture.") from error
    response["Cache-Control"] = f"private, max-age={YEAR_SECONDS}, immutable"
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    # A drawn picture is markup; it may not run anything even when opened on its own.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
