"""Preview, review and undo as a person goes through them, in a real Chromium, wide and narrow, light and dark."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Interaction, Item, Person
from tests.browser.conftest import Background

pytestmark = pytest.mark.browser
TABLE = """kind,title,year,what,rating,when
film,Heat,,finished,,2024-01-05
film,Solaris,,rated,4.5,2024-02-01
film,Stalker,1979,finished,,2024-03-02
opera,Tosca,1900,finished,,2024-03-03
"""


@pytest.fixture
def lea(transactional_db: None) -> Person:
    for title, year in (("Heat", 1995), ("Heat", 1986), ("Solaris", 1972), ("Solaris", 2002), ("Mirror", 1975)):
        Item.objects.create(kind="film", title=title, title_key=normalise_title(title), year=year)
    return Person.objects.create_user("lea", password="slow-films-9", first_name="Lea", is_staff=True)


def sign_in(page: Page, address: str) -> None:
    page.goto(address + reverse("login"))
    page.get_by_label("Username").fill("lea")
    page.get_by_label("Password").fill("slow-films-9")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "login" not in url)


def bring_in(page: Page, background: Background, address: str, folder: Path) -> None:
    path = folder / "seen.csv"
    path.write_text(TABLE)
    page.goto(address + reverse("imports"))
    page.locator("input[name=files]").set_input_files(path)
    page.wait_for_url("**/imports/*/")
    background.wait()
    expect(page.locator("#progress")).to_contain_text("Ready to review")


def photograph(page: Page, name: str) -> None:
    """Pictures for eyes, where somebody asks for them."""
    folder = os.environ.get("MEDIAREC_PHOTOGRAPHS")
    for width in (1280, 390) if folder else ():
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}-{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_preview_is_looked_at_reviewed_added_and_taken_back(
    page: Page, live_server: LiveServer, background: Background, lea: Person, tmp_path: Path
) -> None:
    sign_in(page, live_server.url)
    bring_in(page, background, live_server.url, tmp_path)
    expect(page.locator("#progress")).to_contain_text("1 new item")
    expect(page.get_by_role("heading", name="2 rows need review")).to_be_visible()
    assert Interaction.objects.count() == 0
    photograph(page, "preview")
    page.get_by_role("link", name="Review", exact=True).click()
    review_by_choice_and_by_search(page)
    page.get_by_role("link", name="seen.csv").click()
    page.get_by_role("button", name="Add to the library").click()
    page.wait_for_load_state()
    background.wait()
    expect(page.locator("#progress .badge").first).to_have_text("Added")
    assert Interaction.objects.filter(item__title="Heat", item__year=1995).count() == 1
    assert Interaction.objects.filter(item__title="Mirror").count() == 1
    photograph(page, "added")
    page.locator("summary", has_text="Undo import").click()
    page.get_by_role("button", name="Undo import").click()
    page.wait_for_load_state()
    background.wait()
    expect(page.locator("#progress .badge").first).to_have_text("Undone")
    assert Interaction.objects.count() == 0
    assert not Item.objects.filter(title="Stalker").exists()


def review_by_choice_and_by_search(page: Page) -> None:
    heat = page.locator("article.doubt", has=page.get_by_role("heading", name="Heat"))
    expect(heat).to_contain_text("a year is missing")
    expect(heat).to_contain_text("seen.csv, line 2")
    photograph(page, "review")
    heat.get_by_role("button", name="Choose Heat (1995)").click()
    expect(page.get_by_role("heading", name="Decided by you")).to_be_visible()
    page.get_by_role("button", name="Undo Heat (1995)").or_(page.get_by_role("button", name="Undo Heat")).click()
    heat.get_by_role("button", name="Choose Heat (1995)").click()
    solaris = page.locator("article.doubt", has=page.get_by_role("heading", name="Solaris"))
    solaris.get_by_label("Search for another title").press_sequentially("mirr")
    found = solaris.get_by_role("button", name="Choose Mirror (1975)")
    expect(found).to_be_visible()
    photograph(page, "search")
    found.click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    photograph(page, "settled")
    page.get_by_role("link", name="Your decisions").click()
    expect(page.locator("#main")).to_contain_text("Mirror (1975)")
    photograph(page, "decided")
    page.go_back()


def test_no_page_of_an_import_is_wider_than_a_phone(
    page: Page, live_server: LiveServer, background: Background, lea: Person, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, live_server.url)
    bring_in(page, background, live_server.url, tmp_path)
    detail = page.url
    for address in (detail, f"{detail}review/", live_server.url + reverse("import-choices")):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
