"""A new person taps through the choices and lands on a first list."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mediarec.library.models import Interaction
from recommender.elicitation.onboarding import CHOICES
from tests.people import make_cy, make_library

pytestmark = pytest.mark.browser


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, transactional_db: None) -> Page:
    make_library()
    make_cy()
    page.goto(live_server.url + reverse("home"))
    page.get_by_label("Username").fill("cy")
    page.get_by_label("Password", exact=True).fill("a long password")
    page.get_by_role("button", name=re.compile("Sign in|Log in")).click()
    return page


def test_choices_lead_from_an_unknown_person_to_a_first_list(signed_in: Page) -> None:
    signed_in.get_by_role("link", name="Start choosing").click()
    expect(signed_in.get_by_role("heading", name="What do you like?")).to_be_visible()
    works = signed_in.get_by_label("Tap the one that you like best").get_by_role("button")
    skip = signed_in.get_by_role("button", name=re.compile("None of these"))
    works.first.click()
    expect(signed_in.get_by_text(f"Choice 2 of {CHOICES}")).to_be_visible()
    signed_in.get_by_role("button", name="Back").click()
    expect(signed_in.get_by_text(f"Choice 1 of {CHOICES}")).to_be_visible()
    for place in range(1, CHOICES + 1):
        expect(signed_in.get_by_text(f"Choice {place} of {CHOICES}")).to_be_visible()
        slow = works.filter(has_text="Slow Film")
        (slow.first if slow.count() else skip).click()
    expect(signed_in.get_by_text("Here are your first recommendations")).to_be_visible()
    expect(signed_in.get_by_role("link", name="Start choosing")).to_have_count(0)
    kept = Interaction.objects.filter(withdrawn_at__isnull=True)
    assert kept and all(row.item.title.startswith("Slow Film") for row in kept.select_related("item"))


@pytest.mark.parametrize("width", [1280, 390])
def test_four_works_fit_the_screen_and_the_list_can_be_had_at_once(signed_in: Page, width: int) -> None:
    signed_in.set_viewport_size({"width": width, "height": 860})
    signed_in.get_by_role("link", name="Start choosing").click()
    expect(signed_in.get_by_label("Tap the one that you like best").get_by_role("button")).to_have_count(4)
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width
    signed_in.get_by_role("link", name="Skip to recommendations").click()
    expect(signed_in.get_by_role("link", name="Start choosing")).to_be_visible()
