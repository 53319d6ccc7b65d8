"""Searching as a person does: typing a line they remember, and showing a picture."""

from pathlib import Path

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mediarec.library import catalog
from recommender.enrichment.passages import Found, store_passages
from tests.media import make_picture
from tests.people import make_ana, make_library

pytestmark = pytest.mark.browser


@pytest.fixture
def search_page(page: Page, live_server: LiveServer) -> Page:
    library = make_library()
    catalog.refresh_search([item.pk for item in library.values()])
    with transaction.atomic():
        found = [Found("subtitles", "Nobody winds the copper clock.", 2472.0, "en")]
        store_passages(library["Slow Film 8"].pk, ["subtitles"], found)
    make_ana()
    page.goto(live_server.url + reverse("login"))
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_role("button", name="Sign in").click()
    page.goto(live_server.url + reverse("search"))
    return page


def test_a_remembered_line_is_found_while_it_is_typed(search_page: Page) -> None:
    search_page.get_by_label("Title, person, subject or mood").fill("winding copper clock")
    results = search_page.locator("#results")
    expect(results).to_contain_text("Slow Film 8")
    expect(results).to_contain_text("Matched on subtitles 00:41:12")
    search_page.get_by_label("Kind").select_option(label="Tracks")
    expect(results).to_contain_text("Nothing fits")


def test_a_picture_is_looked_at_and_the_page_says_what_came_of_it(search_page: Page, tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "poster.png")
    search_page.locator("input[name=picture]").set_input_files(picture)
    expect(search_page.locator("#results")).to_contain_text("Pictures cannot be compared yet")
