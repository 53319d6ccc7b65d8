"""What every page's frame shows: the navigation and what is going on in the background."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"nav_current": getattr(request.resolver_match, "url_name", "") if request.resolver_match else ""}
