"""Where a template lies follows from the URL's name, fragments start with an underscore, and nothing is left over."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

TEMPLATES = Path(settings.BASE_DIR) / "templates"
FRAMES = {"base", "base_bare", "error"}  # what pages extend, and the one page that has no address
NAMED = re.compile(r"""["']([\w/]+\.html)["']""")


def list_templates() -> list[Path]:
    return sorted(path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*.html") if "admin" not in path.parts)


def list_page_names() -> set[str]:
    return {name.replace("-", "_") for name in get_resolver().reverse_dict if isinstance(name, str)}


def find_named_templates() -> set[str]:
    """Every template that a view renders or another template includes or extends."""
    sources = [*TEMPLATES.rglob("*.html"), *(Path(settings.BASE_DIR) / "mediarec" / "web").rglob("*.py")]
    return {name for source in sources for name in NAMED.findall(source.read_text(encoding="utf-8"))}


def test_a_page_is_called_like_its_url() -> None:
    names = list_page_names()
    pages = [path.stem for path in list_templates() if path.parent == Path()]
    wrong = [page for page in pages if page not in FRAMES and not any(page.startswith(name) for name in names)]
    assert pages and wrong == []


def test_a_fragment_starts_with_an_underscore_and_lies_in_the_folder_of_a_page() -> None:
    fragments = [path for path in list_templates() if path.parent != Path()]
    pages = {path.stem for path in list_templates() if path.parent == Path()} | {"components"}
    assert fragments
    assert [path for path in fragments if not path.name.startswith("_") or str(path.parent) not in pages] == []


def test_every_template_that_is_named_exists_and_every_one_that_exists_is_named() -> None:
    named = find_named_templates()
    for name in named:
        get_template(name)
    assert {str(path) for path in list_templates()} - named == set()
