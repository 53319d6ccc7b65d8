"""Searching as a person does: typing a line they remember, and showing a picture."""

import re
from pathlib import Path

import numpy as np
import pytest
from django.db import transaction
from django.urls import reverse
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from mediarec.library import item_lookup
from mediarec.library.models import Item
from recommender.enrichment.passages import ExtractedText, store_passages
from recommender.models import Modality
from recommender.search import image_query
from recommender.vectors.spaces import SpaceKey, open_space, store_vectors
from tests.media import make_picture
from tests.people import make_ana, make_library

pytestmark = pytest.mark.browser
COLOURS = ("seagreen", "navy", "goldenrod", "teal")
HELD_BACK_MS, TYPING_MS = 400, 250  # a question is sent when nothing was typed for 180 ms


@pytest.fixture
def search_page(page: Page, live_server: LiveServer) -> Page:
    library = make_library()
    item_lookup.refresh_search([item.pk for item in library.values()])
    with transaction.atomic():
        found = [ExtractedText("subtitles", "Nobody winds the copper clock.", 2472.0, "en")]
        store_passages(library["Slow Film 8"].pk, ["subtitles"], found)
    make_ana()
    page.goto(f"{live_server.url}{reverse('login')}?next={reverse('search')}")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_role("button", name="Sign in").click()
    return page


def test_a_remembered_line_is_found_while_it_is_typed(search_page: Page) -> None:
    search_page.get_by_label("Title, person, subject or mood").fill("winding copper clock")
    results = search_page.locator("#results")
    expect(results).to_contain_text("Slow Film 8")
    expect(results).to_contain_text("Matched on subtitles 00:41:12")
    search_page.get_by_label("Kind").select_option(label="Tracks")
    expect(results).to_contain_text("No results")


def test_typing_faster_than_the_answers_come_ends_with_the_answer_to_the_last_word(search_page: Page) -> None:
    """Letter by letter, each answer held back until the next letters are typed; errors on the console fail the page."""
    asked: list[str] = []

    def hold_back(route: Route) -> None:
        asked.append(route.request.url)
        search_page.wait_for_timeout(HELD_BACK_MS)
        route.continue_()

    search_page.route("**/search/results*", hold_back)
    search_page.get_by_label("Title, person, subject or mood").press_sequentially("slow film 8", delay=TYPING_MS)
    results = search_page.locator("#results")
    expect(results).to_contain_text("Slow Film 8")
    expect(results).not_to_contain_text("Slow Film 7")
    expect(search_page).to_have_url(re.compile(r"q=slow\+film\+8"))
    assert 1 < len(asked) < len("slow film 8")
    search_page.unroute_all(behavior="wait")  # an answer still held back would break the next test


def test_a_picture_finds_the_work_it_was_taken_from(
    search_page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a stand-in for the exported encoder: the page, the upload and the question to the space are real."""
    poster = Image.new("RGB", (240, 360), "crimson")
    space = open_space(SpaceKey(Modality.IMAGE, "colours", "1", 3))
    films = list(Item.objects.filter(kind="film").order_by("pk"))
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(films) - 1)]
    vectors = np.stack([embed_colour(Image.new("RGB", (8, 8), colour)) for colour in ["crimson", *colours]])
    store_vectors(space, [film.pk for film in films], ["1"] * len(films), vectors)
    monkeypatch.setattr(image_query, "embed_picture", lambda _, picture: embed_colour(picture))
    poster.save(tmp_path / "seen in a shop.jpg")
    search_page.locator("input[name=picture]").set_input_files(tmp_path / "seen in a shop.jpg")
    first = search_page.locator("#results .card").first
    expect(first).to_contain_text(films[0].title)
    expect(first).to_contain_text("Matched on picture")


def embed_colour(picture: Image.Image) -> NDArray[np.float32]:
    mean = np.asarray(picture.convert("RGB"), dtype=np.float32).mean(axis=(0, 1)) - 127.5
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def test_a_picture_is_looked_at_and_the_page_says_what_came_of_it(search_page: Page, tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "poster.png")
    search_page.locator("input[name=picture]").set_input_files(picture)
    expect(search_page.locator("#results")).to_contain_text("Pictures cannot be compared yet")
