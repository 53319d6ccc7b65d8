"""What every page's frame shows: the navigation, and which entry is the current one."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class NavEntry:
    """`name` is the URL's name; pages whose names start with one of `covers` belong to it too."""

    name: str
    label: str
    icon: str
    covers: tuple[str, ...] = ()
    staff_only: bool = False


MAIN = (
    NavEntry("home", "Home", "home"),
    NavEntry("search", "Search", "search"),
    NavEntry("chat", "Chat", "chat"),
    NavEntry("playlists", "Playlists", "playlist", covers=("playlist-",)),
)
LIBRARY = (
    NavEntry("imports", "Import", "import", covers=("import-",)),
    NavEntry("libraries", "Watched folders", "folder", covers=("library-", "folder-"), staff_only=True),
    NavEntry("history", "History", "history"),
    NavEntry("taste", "Your taste", "taste"),
)
MACHINE = (
    NavEntry("models", "Models", "models", staff_only=True),
    NavEntry("jobs", "Jobs", "jobs"),
    NavEntry("settings", "Settings", "settings"),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    name = getattr(request.resolver_match, "url_name", "") or ""
    entries = (*MAIN, *LIBRARY, *MACHINE)
    current = next((entry.name for entry in entries if entry.name == name or name.startswith(entry.covers or "\0")), "")
    return {"nav_main": MAIN, "nav_library": LIBRARY, "nav_machine": MACHINE, "nav_current": current}
