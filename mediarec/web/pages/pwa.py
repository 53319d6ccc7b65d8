"""What a browser needs to install the pages as an app: manifest, service worker, a page for being offline."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from mediarec import __version__

KEPT_OFFLINE = (
    "css/tokens.css",
    "css/layout.css",
    "css/components.css",
    "css/cards.css",
    "css/pages.css",
    "css/library.css",
    "js/theme.js",
    "js/app.js",
    "js/shelves.js",
    "icons/icons.svg",
    "icons/logo.svg",
    "vendor/instrument-sans/instrument-sans-latin-wght-normal.woff2",
    "django_htmx/htmx-2.min.js",
)
ICONS = (("icons/icon-192.png", "192x192", "any"), ("icons/icon-512.png", "512x512", "any maskable"))


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """For the supervisor and for proxies: the process answers. Says nothing of anybody."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_GET
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    icons = [
        {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose} for path, sizes, purpose in ICONS
    ]
    shortcuts = [("Search", "search"), ("Chat", "chat"), ("Playlists", "playlists")]
    answer = {
        "name": "mediarec",
        "short_name": "mediarec",
        "description": "Your household's films, music and video, and what to watch or listen to next.",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#161a26",
        "theme_color": "#161a26",
        "icons": icons,
        "shortcuts": [{"name": label, "url": reverse(name)} for label, name in shortcuts],
    }
    return JsonResponse(answer, content_type="application/manifest+json")


@login_not_required
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Keeps the stylesheets, scripts and the offline page; never a page of a person."""
    context = {
        "version": __version__,
        "kept": [static(path) for path in KEPT_OFFLINE],
        "offline": reverse("offline"),
        "static_root": static(""),
    }
    return render(request, "service_worker.js", context, content_type="text/javascript")


@login_not_required
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "offline.html")
