"""Saying what one wants and seeing it obeyed: three turns, a rule kept and undone, a sentence edited."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mediarec.library.item_lookup import refresh_search
from tests.people import make_ana, make_library

pytestmark = pytest.mark.browser


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, transactional_db: None) -> Page:
    refresh_search([item.pk for item in make_library().values()])
    make_ana()
    page.goto(live_server.url + reverse("chat"))
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_role("button", name=re.compile("Sign in|Log in")).click()
    expect(page.get_by_role("heading", name="Chat")).to_be_visible()
    return page


def say(page: Page, text: str, turn: int) -> None:
    page.get_by_label("What are you in the mood for?").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("article.turn[id]")).to_have_count(turn)


def test_three_turns_go_on_from_each_other(signed_in: Page) -> None:
    say(signed_in, "a film", 1)
    first = signed_in.locator("article.turn[id]").nth(0)
    expect(first.get_by_role("button", name="Remove “films”")).to_be_visible()
    expect(first.locator(".chat-shelf li")).to_have_count(5)
    say(signed_in, "the second one, but older", 2)
    second = signed_in.locator("article.turn[id]").nth(1)
    expect(second.get_by_role("button", name=re.compile("Remove “like ")).first).to_be_visible()
    expect(second.get_by_role("button", name=re.compile("Remove “up to "))).to_be_visible()
    say(signed_in, "but no drama", 3)
    third = signed_in.locator("article.turn[id]").nth(2)
    expect(third.get_by_role("button", name="Remove “no drama”")).to_be_visible()
    expect(third.get_by_role("button", name=re.compile("Remove “up to "))).to_be_visible()
    expect(third.locator(".words")).to_contain_text("Without leaving out “drama”")


def test_a_rule_is_shown_kept_and_undone(signed_in: Page) -> None:
    say(signed_in, "from now on no drama", 1)
    turn = signed_in.locator("article.turn[id]")
    expect(turn.locator(".rule-card")).to_contain_text("No drama, from now on.")
    expect(turn.locator(".words")).to_contain_text("would leave")
    turn.get_by_role("button", name="Keep this rule").click()
    turn.get_by_role("button", name="Undo").click()
    expect(turn.locator(".rule-card")).to_contain_text("Undone")


def test_a_sentence_about_a_taste_is_added_and_edited(signed_in: Page) -> None:
    signed_in.goto(signed_in.url.split("/chat")[0] + reverse("taste"))
    signed_in.get_by_label("A sentence about your taste").fill("loud metal")
    signed_in.get_by_role("button", name="More of this").click()
    own = signed_in.locator("li.statement", has_text="In your own words")
    expect(own).to_contain_text("Loud metal")
    own.get_by_text("Edit").click()
    own.get_by_label("Text").fill("gentle piano")
    own.get_by_role("button", name="Save").click()
    expect(signed_in.locator("li.statement", has_text="In your own words")).to_contain_text("Gentle piano")
