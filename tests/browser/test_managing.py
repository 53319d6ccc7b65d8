"""Managing in a real browser: an edit that stays, a folder kept out, a watched folder, orphans shown first."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mediarec.library.models import AuditEntry, ExcludedFolder, Item, MediaFile, Person
from tests.browser import media
from tests.browser.conftest import Background
from tests.people import make_ana, make_library

pytestmark = pytest.mark.browser
LONG_AGO = 1_500_000_000


@pytest.fixture
def keeper(transactional_db: None, page: Page, live_server: LiveServer) -> Person:
    """Ana, who keeps the installation, signed in."""
    make_library()
    ana = make_ana()
    ana.is_staff = ana.is_superuser = True
    ana.save()
    page.goto(live_server.url + reverse("login"))
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    return ana


def test_an_item_is_edited_by_hand(page: Page, live_server: LiveServer, background: Background, keeper: Person) -> None:
    item = Item.objects.get(title="Slow Film 9")
    page.goto(live_server.url + reverse("admin:library_item_change", args=[item.pk]))
    page.locator("#id_title").fill("A Slower Film")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(live_server.url + reverse("admin:library_item_changelist"))
    item.refresh_from_db()
    assert (item.title, item.edited_fields) == ("A Slower Film", ["title"])
    page.goto(live_server.url + reverse("admin:library_item_history", args=[item.pk]))
    expect(page.get_by_text("Slow Film 9 → A Slower Film")).to_be_visible()
    assert AuditEntry.objects.get().actor == "ana"


def test_a_folder_that_is_kept_out_is_gone_from_home(
    page: Page, live_server: LiveServer, background: Background, keeper: Person
) -> None:
    for number in (11, 12):
        path = f"/media/kids/{number}.mkv"
        MediaFile.objects.create(
            item=Item.objects.get(title=f"Slow Film {number}"), path_raw=path.encode(), path=path, size_bytes=1,
            mtime_ns=1, content_hash=str(number),
        )  # fmt: skip
    main = page.locator("#main")
    page.goto(live_server.url + reverse("home"))
    expect(main.get_by_role("link", name="Slow Film 12", exact=True).first).to_be_visible()
    page.get_by_role("link", name="Watched folders").first.click()
    page.get_by_label("Exclude a folder").fill("/media/kids")
    page.get_by_role("button", name="Exclude", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("2 files in /media/kids are no longer recommended")
    page.goto(live_server.url + reverse("home"))
    expect(main.get_by_role("heading", name="For you")).to_be_visible()
    for number in (11, 12):
        expect(main.get_by_text(f"Slow Film {number}", exact=True)).to_have_count(0)
    page.goto(live_server.url + reverse("libraries"))
    page.get_by_role("button", name="Allow /media/kids again").click()
    expect(page.locator("#toasts")).to_contain_text("can be recommended again")
    assert not ExcludedFolder.objects.exists()


def test_a_folder_is_watched_and_looked_through_again(
    page: Page, live_server: LiveServer, background: Background, keeper: Person, tmp_path: Path
) -> None:
    music = media.write_music(tmp_path / "Music")
    page.goto(live_server.url + reverse("libraries"))
    expect(page.get_by_role("heading", name="No watched folders yet")).to_be_visible()
    background.hold()
    page.get_by_label("Full path of the folder").fill(str(music))
    page.get_by_role("button", name="Add folder").click()
    expect(page.locator("#found progress")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    background.go()
    expect(page.locator("#found .counts")).to_contain_text("8 new")
    expect(page.locator("#main")).to_contain_text("1 file could not be added")
    background.wait()
    (music / "01 Low Tide.flac").rename(music / "moved.flac")
    (music / "02 Fog Signal.flac").unlink()
    page.get_by_role("button", name="Scan now").click()
    expect(page.locator("#found .counts")).to_contain_text("1 moved")
    expect(page.locator("#found .counts")).to_contain_text("1 missing")
    expect(page.locator("#found")).to_contain_text("6, 1 missing")
    background.wait()


def test_orphans_are_shown_before_anything_is_deleted(
    page: Page, live_server: LiveServer, background: Background, keeper: Person
) -> None:
    settings.ARTWORK_ROOT.mkdir(parents=True)
    loose = settings.ARTWORK_ROOT / "loose.webp"
    loose.write_bytes(b"x")
    os.utime(loose, (LONG_AGO, LONG_AGO))
    page.goto(live_server.url + reverse("libraries"))
    page.get_by_role("link", name="Orphaned data").click()
    expect(page.locator("#part-artwork")).to_contain_text("loose.webp")
    expect(page.get_by_text("This is a preview. Nothing has been deleted.")).to_be_visible()
    assert loose.exists()
    page.get_by_label("Pictures that no item shows").check()
    page.get_by_role("button", name="Delete selected").click()
    expect(page.get_by_text("Deleted: 1 artwork.")).to_be_visible()
    assert not loose.exists()
