"""The API's front door: routers, who may enter, and errors as sentences."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Swagger
from ninja.security import django_auth

from mediarec import __version__
from mediarec.library.errors import MediarecError
from mediarec.web.api import changes, chat, imports, interactions, items, playlists, recommendations, rules
from mediarec.web.api.auth import TokenAuth

api = NinjaAPI(
    title="mediarec",
    version=__version__,
    description="Everything the pages can do, for programs. Create a key under Settings and send it as a bearer token.",
    auth=[TokenAuth(), django_auth],
    docs=Swagger({"validatorUrl": None}),  # its default has another host draw a badge about our schema
    docs_decorator=None,
    urls_namespace="api",
)
api.add_router("/recommendations", recommendations.router, tags=["recommendations"])
api.add_router("/items", items.router, tags=["items"])
api.add_router("/interactions", interactions.router, tags=["interactions"])
api.add_router("/playlists", playlists.router, tags=["playlists"])
api.add_router("/chat", chat.router, tags=["chat"])
api.add_router("/rules", rules.router, tags=["rules"])
api.add_router("/imports", imports.router, tags=["imports"])
api.add_router("/changes", changes.router, tags=["items"])


@api.exception_handler(MediarecError)
def answer_with_sentence(request: HttpRequest, error: MediarecError) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=error.status)


def list_urls() -> list[URLPattern | URLResolver]:
    """The routes; ninja checks who asks itself and answers 401, so the login page's redirect is switched off.

    The documentation page and the schema stay behind the login.
    """
    patterns = api.urls[0]
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name not in {"openapi-view", "openapi-json", "api-root"}:
            login_not_required(pattern.callback)
    return list(patterns)
