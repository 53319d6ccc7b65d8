"""The pages of watched folders: for the keeper alone, with everything that can go wrong told in a sentence."""

import os
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library import folder_sync
from mediarec.library.models import AuditEntry, ExcludedFolder, Item, Library, MediaFile, Person
from tests.web.conftest import sign_in
from worker import dispatch
from worker.models import Job


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    names: list[tuple[object, ...]] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, *arguments: names.append((task.rpartition(".")[2], *arguments)))
    return names


@pytest.fixture
def keeper(ana: Person) -> Client:
    ana.is_staff = ana.is_superuser = True
    ana.save()
    return sign_in(ana)


@pytest.fixture
def folder(tmp_path: Path, ana: Person) -> Library:
    (tmp_path / "Music").mkdir()
    return folder_sync.add_library(os.fsencode(tmp_path / "Music"), folder_sync.LibrarySettings("Music"))


def act(client: Client, folder: Library, what: str) -> str:
    return client.post(reverse("library-act", args=[folder.pk]), {"act": what}, follow=True).content.decode()


def test_they_are_the_keepers_alone(bo: Person, folder: Library) -> None:
    client = sign_in(bo)
    for address in (reverse("libraries"), reverse("library-detail", args=[folder.pk])):
        assert client.get(address).status_code == 403
    for name, arguments in (("library-add", []), ("library-act", [folder.pk]), ("folder-exclude", [])):
        assert client.post(reverse(name, args=arguments), {"path": "/media", "act": "remove"}).status_code == 403
    assert Library.objects.count() == 1 and not ExcludedFolder.objects.exists()


def test_it_says_what_to_do_while_nothing_is_watched(keeper: Client) -> None:
    page = keeper.get(reverse("libraries")).content.decode()
    assert "No watched folders yet" in page and "Full path of the folder" in page


def test_a_folder_is_added_and_looked_through_at_once(
    keeper: Client, tmp_path: Path, sent: list[tuple[object, ...]]
) -> None:
    (tmp_path / "Films").mkdir()
    wish = {"path": str(tmp_path / "Films"), "kinds": ["film"], "every_minutes": "360", "is_enabled": "1"}
    page = keeper.post(reverse("library-add"), wish, follow=True).content.decode()
    made = Library.objects.get()
    assert (made.name, made.kinds, made.every_minutes, made.is_enabled) == ("Films", ["film"], 360, True)
    assert sent == [("rescan_library", made.pk, False)]
    assert "is now watched" in page and "Scanning" in page
    assert AuditEntry.objects.get(table="library").actor == "ana"


@pytest.mark.parametrize("path", ["", "Music", "/no/such/folder", "/\x00", "<script>alert(1)</script>"])
def test_a_path_that_cannot_be_watched_is_refused_with_a_sentence(path: str, keeper: Client) -> None:
    answer = keeper.post(reverse("library-add"), {"path": path, "every_minutes": "60"})
    assert answer.status_code == 400 and not Library.objects.exists()
    assert b"<script>alert" not in answer.content


@pytest.mark.parametrize("wish", [{"every_minutes": "soon"}, {"person": "99999"}, {"kinds": ["podcast"]}])
def test_a_wish_that_is_no_choice_is_refused(wish: dict[str, object], keeper: Client, folder: Library) -> None:
    answer = keeper.post(reverse("library-change", args=[folder.pk]), {"name": "x", "every_minutes": "60", **wish})
    assert answer.status_code in {400, 404}
    folder.refresh_from_db()
    assert folder.name == "Music"


def test_a_changed_library_is_saved_and_audited(keeper: Client, folder: Library) -> None:
    wish = {"name": "Songs", "every_minutes": "0", "kinds": ["album"], "is_excluded": "1"}
    page = keeper.post(reverse("library-change", args=[folder.pk]), wish, follow=True).content.decode()
    folder.refresh_from_db()
    assert (folder.name, folder.every_minutes, folder.is_enabled, folder.is_excluded) == ("Songs", 0, False, True)
    assert ">Off<" in page.replace(" ", "").replace("\n", "") and "ana edited it" in page
    entry = AuditEntry.objects.get(action="edited")
    assert entry.before["name"] == "Music" and entry.after["is_excluded"] is True


def test_it_shows_what_the_last_look_found_and_what_it_stumbled_over(keeper: Client, folder: Library) -> None:
    (Path(folder.root) / "nowhere.flac").symlink_to("gone")
    (Path(folder.root) / "broken.flac").write_bytes(b"no music")
    folder_sync.rescan_library(folder.pk)
    page = keeper.get(reverse("library-detail", args=[folder.pk])).content.decode()
    assert "is a link to nowhere" in page and "broken.flac" in page and "1 file could not be added" in page


def test_an_empty_folder_asks_before_it_is_believed(
    keeper: Client, folder: Library, sent: list[tuple[object, ...]], library_file: MediaFile
) -> None:
    with pytest.raises(Exception, match="is empty"):
        folder_sync.rescan_library(folder.pk)
    page = keeper.get(reverse("library-detail", args=[folder.pk])).content.decode()
    assert "1 files were there before" in page and "The files are really gone" in page
    act(keeper, folder, "gone")
    assert sent == [("rescan_library", folder.pk, True)]


@pytest.fixture
def library_file(folder: Library) -> MediaFile:
    path = os.fsencode(folder.root) + b"/song.flac"
    return MediaFile.objects.create(
        item=Item.objects.get(title="Loud Song 1"), path_raw=path, path=path.decode(), size_bytes=1, mtime_ns=1,
        content_hash="x",
    )  # fmt: skip


def test_it_can_be_cancelled_asked_again_and_removed(
    keeper: Client, folder: Library, sent: list[tuple[object, ...]], library_file: MediaFile
) -> None:
    assert "Cancel" in act(keeper, folder, "rescan")
    act(keeper, folder, "cancel")
    assert Job.objects.get().state == Job.State.CANCELLED
    act(keeper, folder, "again")
    assert [task for task, *_ in sent] == ["rescan_library", "rescan_library"]
    assert "is no longer watched" in act(keeper, folder, "remove")
    assert not Library.objects.exists() and MediaFile.objects.filter(pk=library_file.pk).exists()


def test_its_progress_reloads_the_page_when_the_look_has_ended(keeper: Client, folder: Library) -> None:
    address = reverse("library-detail", args=[folder.pk])
    assert keeper.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_folder_is_kept_out_and_let_in_again(keeper: Client, library_file: MediaFile, folder: Library) -> None:
    page = keeper.post(reverse("folder-exclude"), {"path": f"{folder.root}/"}, follow=True).content.decode()
    assert "1 files in" in page and "1 file inside" in page
    keeper.post(reverse("folder-include", args=[ExcludedFolder.objects.get().pk]))
    assert not ExcludedFolder.objects.exists()
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["deleted", "added"]
