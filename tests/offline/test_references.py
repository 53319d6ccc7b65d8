"""What is served names no other host: neither our pages nor those of the admin and of the API's documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import get_finders
from django.test import Client
from django.urls import reverse

from mediarec.library.models import Person
from mediarec.web import middleware
from tests.offline.day import Day
from tests.offline.references import list_outside, list_page_references, list_style_references

OWN = Path(__file__).resolve().parents[2] / "static"
OWN_ADDRESS = "http://testserver"


def list_static(ending: str) -> list[Path]:
    """As they are served: ours, the admin's, the theme's, the documentation page's."""
    found = [storage.path(name) for finder in get_finders() for name, storage in finder.list([])]
    return sorted({Path(path) for path in found if path.endswith(ending)})


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<script src="https://cdn.example/x.js"></script>', 1),
        ('<link href="//fonts.example/css" rel="stylesheet">', 1),
        ('<img srcset="/a.png 1x, https://img.example/a.png 2x">', 1),
        ('<p style="background: url(http://img.example/a.png)"></p>', 1),
        ("<style>@import 'https://fonts.example/a.css';</style>", 1),
        ("<script>fetch('https://api.example/x')</script>", 1),
        ('<meta http-equiv="refresh" content="0; url=https://else.example/">', 1),
        ('<a href="https://else.example/">away</a>', 1),
        ('<form action="https://else.example/"></form>', 1),
        ('<script src="/static/x.js"></script><a href="http://testserver/items/1">here</a>', 0),
        ('<svg xmlns="http://www.w3.org/2000/svg"></svg>', 0),
        ("<p>As a sentence: https://else.example/ is an address.</p>", 0),
    ],
)
def test_a_reference_is_found_where_a_browser_would_follow_it(html: str, count: int) -> None:
    assert len(list_page_references(html, OWN_ADDRESS)) == count


@pytest.mark.watched
@pytest.mark.timeout(1800)
def test_no_page_names_another_host(day: Day) -> None:
    found = {path: list_page_references(text, day.address) for path, text in day.pages.items() if "<html" in text}
    assert len(found) > 40
    assert {path: references for path, references in found.items() if references} == {}


def test_no_stylesheet_loads_from_another_host() -> None:
    sheets = list_static(".css")
    assert any("unfold" in str(path) for path in sheets)
    found = {path: list_style_references(path.read_text(encoding="utf-8")) for path in sheets}
    assert {path: references for path, references in found.items() if references} == {}


def test_no_script_or_template_of_ours_names_another_host() -> None:
    templates = (OWN.parent / "templates").rglob("*")
    files = [path for path in [*OWN.rglob("*.js"), *OWN.rglob("*.svg"), *templates] if path.is_file()]
    assert len(files) > 50
    found = {path: [*list_outside(path.read_text(encoding="utf-8"))] for path in files}
    assert {path: references for path, references in found.items() if references} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login", "/", "/admin/", "/api/docs", "/nothing-is-here"])
def test_a_browser_is_told_to_load_from_nowhere_else(path: str) -> None:
    """Whatever a script of somebody else's would like: it is the browser that refuses."""
    client = Client()
    client.force_login(Person.objects.create_superuser("dee"))
    policy = client.get(path, follow=True).headers["Content-Security-Policy"]
    sources = {source for part in policy.split(";") for source in part.split()[1:]}
    assert "default-src 'self'" in policy
    assert sources <= {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}


@pytest.mark.django_db
def test_the_documentation_page_asks_no_validator() -> None:
    """Swagger UI shows a badge that another host draws, unless it is told not to."""
    client = Client()
    client.force_login(Person.objects.create_superuser("dee"))
    page = client.get(reverse("api:openapi-view")).content.decode()
    assert re.search(r'"validatorUrl": null', page)
    assert middleware.LENIENT_POLICY.startswith("default-src 'self'")
