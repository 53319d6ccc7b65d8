"""Addresses of other hosts in what a browser is served: tags that load, styles that import, scripts that ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

OUTSIDE = re.compile(r"""(?:https?:|wss?:)?//[A-Za-z0-9\[][^\s"'`<>)\\]*""")
STYLE_LOADS = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])([^'")\s]+)""")
NAMES_ALONE = ("http://www.w3.org/",)  # of namespaces, which nothing loads


class References(HTMLParser):
    """Gathers what tags, styles and scripts of one page name."""

    def __init__(self, own: str) -> None:
        super().__init__()
        self.own, self.found, self._inside = own, list[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in {"script", "style"} else ""
        for name, value in attrs:
            if value and not name.startswith("xmlns"):
                self._look(f"<{tag} {name}>", value)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._look(f"<{self._inside}>", data)

    def _look(self, where: str, text: str) -> None:
        self.found += [f"{where} {address}" for address in list_outside(text, self.own)]


def list_outside(text: str, own: str = "") -> Iterator[str]:
    """Every absolute address in a text but those of the page's own host and of namespaces."""
    for found in OUTSIDE.findall(text):
        address = found if ":" in found.split("//")[0] else f"http:{found}"
        if not address.startswith(NAMES_ALONE) and urlsplit(address).netloc != urlsplit(own).netloc:
            yield found


def list_page_references(html: str, own: str) -> list[str]:
    parser = References(own)
    parser.feed(html)
    return parser.found


def list_style_references(css: str) -> list[str]:
    """What a stylesheet loads; comments may name where it comes from."""
    return [address for address in STYLE_LOADS.findall(css) if OUTSIDE.match(address)]
