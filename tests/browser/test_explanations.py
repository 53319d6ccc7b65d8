"""Answering a reason: a chip on a card and on a work's page changes the next list, and a click takes it back."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mediarec.library.models import Item, Person
from recommender.models import SteeringRule
from recommender.playlists.store import save_playlist
from tests.people import make_ana, make_library

pytestmark = pytest.mark.browser


@pytest.fixture
def library(transactional_db: None) -> dict[str, Item]:
    return make_library()


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, library: dict[str, Item]) -> Page:
    make_ana()
    page.goto(live_server.url + reverse("home"))
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_role("button", name=re.compile("Sign in|Log in")).click()
    expect(page.locator("#items-for-you")).to_be_visible()
    return page


def read_titles(page: Page) -> list[str]:
    return page.locator("#items-for-you .card-title").all_inner_texts()


def test_a_chip_on_a_card_changes_the_row_and_undo_restores_it(signed_in: Page) -> None:
    before = read_titles(signed_in)
    card = signed_in.locator("#items-for-you .card", has_text="Slow Film").first
    card.get_by_text("More or less of this").click()
    card.get_by_role("button", name="Less quiet").click()
    expect(signed_in.locator(".toast")).to_contain_text("Less quiet, from now on.")
    after = read_titles(signed_in)
    assert sum("Slow" in title for title in after) < sum("Slow" in title for title in before)
    signed_in.locator(".toast").get_by_role("button", name="Undo").click()
    expect(signed_in.locator(".toast").last).to_contain_text("Undone")
    assert read_titles(signed_in) == before
    assert not SteeringRule.objects.filter(is_active=True).exists()


def test_a_reason_on_a_page_is_answered_seen_under_taste_and_undone(signed_in: Page, library: dict[str, Item]) -> None:
    base = signed_in.url.rstrip("/")
    signed_in.goto(base + reverse("item-detail", args=[library["Slow Film 9"].pk]))
    reasons = signed_in.locator("#reasons")
    expect(reasons).to_contain_text("% of the recommendation")
    reasons.get_by_role("button", name="Older").click()
    expect(reasons.get_by_role("button", name="Older")).to_have_attribute("aria-pressed", "true")
    reasons.get_by_role("button", name="Older").click()
    expect(reasons.get_by_role("button", name="Older")).to_have_attribute("aria-pressed", "false")
    signed_in.goto(base + reverse("taste"))
    expect(signed_in.locator("li.rule", has_text="Older, from now on.")).to_have_class(re.compile("is-off"))


def test_a_work_that_no_longer_counts_is_no_reason_and_can_come_back(signed_in: Page, library: dict[str, Item]) -> None:
    base = signed_in.url.rstrip("/")
    signed_in.goto(base + reverse("item-detail", args=[library["Slow Film 9"].pk]))
    reasons = signed_in.locator("#reasons")
    stop = reasons.get_by_role("button", name=re.compile("Ignore Slow Film")).first
    title = stop.inner_text().removeprefix("Ignore ")
    stop.click()
    expect(signed_in.locator(".toast")).to_contain_text("is now ignored for your taste")
    expect(reasons.get_by_role("button", name=f"Ignore {title}", exact=True)).to_have_count(0)
    signed_in.goto(base + reverse("taste"))
    signed_in.get_by_role("button", name=f"Use {title} again").click()
    expect(signed_in.get_by_role("button", name=f"Use {title} again")).to_have_count(0)


def test_it_says_why_something_is_not_there(signed_in: Page, library: dict[str, Item]) -> None:
    base = signed_in.url.rstrip("/")
    signed_in.goto(base + reverse("item-detail", args=[library["Slow Film 2"].pk]))
    signed_in.get_by_text("Why is it not on my list?").click()
    expect(signed_in.locator("#why-not")).to_contain_text("You finished it on 3 January 2025")


def test_a_sentence_that_a_playlist_suggests_is_kept(signed_in: Page, library: dict[str, Item]) -> None:
    ana = Person.objects.get(username="ana")
    save_playlist(ana.pk, "Sunday", [library[f"Soft Song {n}"].pk for n in range(1, 6)])
    signed_in.goto(signed_in.url.rstrip("/") + reverse("taste"))
    proposed = signed_in.locator("li.row", has_text="in your playlist “Sunday”")
    proposed.get_by_role("button", name=re.compile("^Accept")).click()
    expect(signed_in.locator("li.statement", has_text="In your own words")).to_be_visible()
    expect(signed_in.locator("li.row", has_text="in your playlist “Sunday”")).to_have_count(0)
