"""Playlists on the page: made, ordered, renamed, downloaded, deleted; each person's own."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediarec.library.importers.playlist_entries import read_jspf, read_xspf
from mediarec.library.importers.source import Source
from mediarec.library.item_lookup import refresh_search
from mediarec.library.models import Item, MediaFile, Person
from recommender import playlists
from recommender.models import Playlist
from tests.web.conftest import sign_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def songs(ana: Person, library: dict[str, Item]) -> Playlist:
    ids = [library[f"Soft Song {number}"].pk for number in (1, 2, 3)]
    return playlists.save_playlist(ana.pk, "Evening", ids)


def list_titles(playlist: Playlist) -> list[str]:
    return [entry.item.title for entry in playlist.entries.order_by("position").select_related("item")]


def act(client: Client, playlist: Playlist, **fields: object) -> int:
    return client.post(reverse("playlist-act", args=[playlist.pk]), fields).status_code


def test_it_says_how_to_begin(ana_client: Client) -> None:
    assert "No playlists yet" in ana_client.get(reverse("playlists")).content.decode()


def test_it_makes_one_from_a_sentence(ana: Person, ana_client: Client, library: dict[str, Item]) -> None:
    refresh_search([item.pk for item in library.values()])
    answer = ana_client.post(reverse("playlist-make"), {"sentence": "gentle piano tracks", "minutes": "30"})
    made = Playlist.objects.get(person=ana)
    assert answer["Location"] == reverse("playlist-detail", args=[made.pk])
    assert made.name == "Gentle piano tracks"
    titles = list_titles(made)
    assert titles and all(title.startswith("Soft Song") for title in titles)
    assert len(titles) == len(set(titles))


def test_it_asks_what_it_should_be_like(ana_client: Client) -> None:
    answer = ana_client.post(reverse("playlist-make"), {"sentence": " "}, follow=True)
    assert "Say what the playlist should be like" in answer.content.decode()
    assert not Playlist.objects.exists()


def test_it_moves_entries_by_button_and_by_drag(songs: Playlist, ana_client: Client, library: dict[str, Item]) -> None:
    assert act(ana_client, songs, act="move", item=library["Soft Song 3"].pk, position=0) == 302
    assert list_titles(songs) == ["Soft Song 3", "Soft Song 1", "Soft Song 2"]
    order = [library[f"Soft Song {number}"].pk for number in (2, 1, 3)]
    fragment = ana_client.post(
        reverse("playlist-act", args=[songs.pk]), {"act": "order", "item": order}, headers=HTMX
    ).content.decode()
    assert list_titles(songs) == ["Soft Song 2", "Soft Song 1", "Soft Song 3"]
    assert fragment.index("Soft Song 2") < fragment.index("Soft Song 1") < fragment.index("Soft Song 3")


def test_it_refuses_an_order_of_other_entries(songs: Playlist, ana_client: Client, library: dict[str, Item]) -> None:
    assert act(ana_client, songs, act="order", item=[library["Loud Song 1"].pk]) == 400
    assert act(ana_client, songs, act="dance", item=library["Soft Song 1"].pk) == 400
    assert list_titles(songs) == ["Soft Song 1", "Soft Song 2", "Soft Song 3"]


def test_a_removed_entry_can_be_restored(songs: Playlist, ana_client: Client, library: dict[str, Item]) -> None:
    fields = {"act": "remove", "item": library["Soft Song 2"].pk}
    fragment = ana_client.post(reverse("playlist-act", args=[songs.pk]), fields, headers=HTMX).content.decode()
    assert "Removed “Soft Song 2”." in fragment and 'name="position" value="1"' in fragment
    assert list_titles(songs) == ["Soft Song 1", "Soft Song 3"]
    assert act(ana_client, songs, act="restore", item=library["Soft Song 2"].pk, position=1) == 302
    assert list_titles(songs) == ["Soft Song 1", "Soft Song 2", "Soft Song 3"]


def test_it_removes_renames_and_deletes(songs: Playlist, ana_client: Client, library: dict[str, Item]) -> None:
    act(ana_client, songs, act="remove", item=library["Soft Song 2"].pk)
    assert list_titles(songs) == ["Soft Song 1", "Soft Song 3"]
    act(ana_client, songs, act="rename", name="  Late   evening ")
    songs.refresh_from_db()
    assert songs.name == "Late evening"
    assert act(ana_client, songs, act="rename", name=" ") == 400
    act(ana_client, songs, act="delete")
    assert not Playlist.objects.filter(pk=songs.pk).exists()


def test_it_downloads_what_a_player_can_open(songs: Playlist, ana_client: Client, library: dict[str, Item]) -> None:
    path = b"/music/one.flac"
    MediaFile.objects.create(
        item=library["Soft Song 1"], path="/music/one.flac", path_raw=path, size_bytes=1, mtime_ns=1, content_hash="a"
    )
    answer = ana_client.get(reverse("playlist-file", args=[songs.pk, "m3u8"]))
    assert answer["Content-Disposition"] == 'attachment; filename="evening.m3u8"'
    assert answer["Content-Type"].startswith("application/vnd.apple.mpegurl")
    text = answer.content.decode()
    assert text.startswith("#EXTM3U") and "/music/one.flac" in text


def test_it_says_what_a_player_will_skip(songs: Playlist, ana_client: Client) -> None:
    page = ana_client.get(reverse("playlist-detail", args=[songs.pk])).content.decode()
    assert "3 titles" in page and "3 without a file, which players skip" in page


def test_it_adds_an_item_to_a_new_and_to_an_old_list(
    songs: Playlist, ana: Person, ana_client: Client, library: dict[str, Item]
) -> None:
    song = library["Loud Song 1"].pk
    ana_client.post(reverse("playlist-add"), {"item": song, "playlist": songs.pk})
    assert list_titles(songs)[-1] == "Loud Song 1"
    ana_client.post(reverse("playlist-add"), {"item": song})
    assert Playlist.objects.filter(person=ana, name="With Loud Song 1").exists()
    assert ana_client.post(reverse("playlist-add"), {"item": 999_999}).status_code == 404
    assert ana_client.post(reverse("playlist-add")).status_code == 400


@pytest.mark.parametrize(("form", "reads"), [("xspf", read_xspf), ("jspf", read_jspf)])
def test_works_without_files_are_exported_by_name_and_can_be_imported_again(
    songs: Playlist, ana_client: Client, library: dict[str, Item], tmp_path: Path, form: str, reads: Any
) -> None:
    Item.objects.filter(pk=library["Soft Song 1"].pk).update(title="A <b>\x07 & “c”")
    answer = ana_client.get(reverse("playlist-file", args=[songs.pk, form]))
    assert answer["Content-Disposition"] == f'attachment; filename="evening.{form}"'
    (tmp_path / f"a.{form}").write_bytes(answer.content)
    entries = list(reads(Source(tmp_path / f"a.{form}"), f"a.{form}"))
    assert [entry.problem for entry in entries] == [""] * len(entries)
    titles = [title.replace("\x07", "") for title in list_titles(songs)]
    assert [entry.title for entry in entries] == titles
    assert {entry.artist[:9] for entry in entries} <= {"Soft Song", "Loud Song"}


def test_a_spreadsheet_takes_no_title_for_a_formula(
    songs: Playlist, ana_client: Client, library: dict[str, Item]
) -> None:
    Item.objects.filter(pk=library["Soft Song 1"].pk).update(title="=HYPERLINK(1)")
    text = ana_client.get(reverse("playlist-file", args=[songs.pk, "csv"])).content.decode()
    assert text.startswith("title,maker,album_or_series,year,kind,seconds,path")
    assert "\r\n'=HYPERLINK(1),Soft Song Maker" in text


def test_a_form_that_is_none_is_said_to_be_none(songs: Playlist, ana_client: Client) -> None:
    answer = ana_client.get(reverse("playlist-file", args=[songs.pk, "exe"]))
    assert answer.status_code == 404
    assert "can be downloaded as m3u8, xspf, jspf, csv, not as exe" in answer.content.decode()


@pytest.mark.parametrize("name", ["playlist-detail", "playlist-file", "playlist-act"])
def test_a_playlist_of_somebody_else_is_not_found(name: str, songs: Playlist, bo: Person) -> None:
    address = reverse(name, args=[songs.pk, *(["m3u8"] if name == "playlist-file" else [])])
    client = sign_in(bo)
    answer = client.post(address, {"act": "delete"}) if name == "playlist-act" else client.get(address)
    assert answer.status_code == 404
    assert Playlist.objects.filter(pk=songs.pk).exists()
