"""The whole way of somebody new: from the first-run link to a playlist that is taken away."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import media
from tests.browser.conftest import Background
from worker.setup import create_setup_link

pytestmark = pytest.mark.browser


def test_somebody_new_brings_a_library_in_and_takes_a_playlist_away(
    page: Page, live_server: LiveServer, background: Background, tmp_path: Path
) -> None:
    make_account(page, live_server.url)
    bring_in_folder(page, background, media.write_music(tmp_path / "Music"))
    bring_in_history(page, background, media.write_history(tmp_path / "history.jsonl"))
    see_explained_recommendations(page)
    like_one_and_see_the_change(page)
    ask_the_chat(page)
    make_and_download_a_playlist(page)


def make_account(page: Page, address: str) -> None:
    page.goto(address + reverse("setup", args=[create_setup_link()]))
    page.get_by_label("Username").fill("dee")
    page.get_by_label("First name").fill("Dee")
    page.get_by_label("Password", exact=True).fill("slow-films-9")
    page.get_by_label("Password confirmation").fill("slow-films-9")
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Welcome, Dee")


def bring_in_folder(page: Page, background: Background, folder: Path) -> None:
    page.get_by_role("link", name="Choose a folder").click()
    page.get_by_label("Full path of the folder").fill(str(folder))
    background.hold()
    page.get_by_role("button", name="Read folder").click()
    expect(page.locator("#progress")).to_contain_text("Reading")
    page.reload()
    expect(page.locator("#progress progress")).to_be_visible()
    background.go()
    expect(page.locator("#progress")).to_contain_text("Ready to review")
    expect(page.get_by_text("Low Tide").first).to_be_visible()
    add_and_wait(page, background)


def bring_in_history(page: Page, background: Background, history: Path) -> None:
    page.goto(page.url.split("/imports/")[0] + reverse("imports"))
    page.locator("input[name=files]").set_input_files(history)
    expect(page.locator("#progress")).to_contain_text("Ready to review")
    add_and_wait(page, background)


def add_and_wait(page: Page, background: Background) -> None:
    page.get_by_role("button", name="Add to the library").click()
    expect(page.locator("#progress .badge").first).to_have_text("Added")
    background.wait()


def see_explained_recommendations(page: Page) -> None:
    page.get_by_role("link", name="Home", exact=True).first.click()
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    reasons = page.locator(".card-reason, .lead-reason")
    assert reasons.count() >= len(media.OTHER_FILMS)
    told = " ".join(reasons.all_inner_texts())
    assert any(title in told for title in media.SEEN_FILMS)
    shown = page.locator("#main").inner_text()
    assert any(title in shown for title in media.OTHER_FILMS)


def like_one_and_see_the_change(page: Page) -> None:
    row = page.locator("#items-for-you")
    card = row.locator(".card").first
    title = card.locator(".card-title").inner_text()
    card.hover()
    card.get_by_role("button", name=f"Like {title}", exact=True).click()
    expect(page.locator(".toast").last).to_contain_text("Liked")
    expect(row.get_by_role("link", name=title, exact=True)).to_have_count(0)
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("link", name=title, exact=True)).to_have_count(1)
    card = row.locator(".card", has=page.get_by_role("link", name=title, exact=True))
    card.hover()
    card.get_by_role("button", name=f"Like {title}", exact=True).click()
    expect(row.get_by_role("link", name=title, exact=True)).to_have_count(0)
    page.reload()
    expect(page.locator("#main").get_by_role("link", name=title, exact=True)).to_have_count(0)


def ask_the_chat(page: Page) -> None:
    page.get_by_role("link", name="Chat", exact=True).first.click()
    page.get_by_label("What are you in the mood for?").fill("a slow film")
    page.get_by_role("button", name="Send").click()
    answer = page.locator(".turn").last
    expect(answer.locator(".card").first).to_be_visible()
    expect(answer.locator(".words")).not_to_be_empty()


def make_and_download_a_playlist(page: Page) -> None:
    page.get_by_role("link", name="Playlists", exact=True).first.click()
    page.get_by_label("What should it be like?").fill("calm ambient music")
    page.get_by_role("button", name="Create playlist").click()
    expect(page.get_by_role("link", name="Download M3U8")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download M3U8").click()
    playlist = Path(coming.value.path()).read_text(encoding="utf-8")
    assert coming.value.suggested_filename.endswith(".m3u8")
    assert playlist.startswith("#EXTM3U")
    assert re.search(r"Music/\d\d .+\.flac$", playlist, re.MULTILINE)
