"""Files of the library are sent whole or in part, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client
from django.urls import reverse

from mediarec.library.models import Item, MediaFile, Person
from mediarec.web.pages.media import find_player
from tests.apart import run_apart

pytestmark = pytest.mark.django_db(transaction=True)
SOUND = bytes(range(256)) * 4096  # two pieces


def make_file(item: Item, path: Path, content: bytes = SOUND) -> MediaFile:
    path.write_bytes(content)
    raw = os.fsencode(path)
    shown = raw.decode("utf-8", "replace")
    return MediaFile.objects.create(item=item, path=shown, path_raw=raw, size_bytes=1, mtime_ns=1, content_hash="a")


def ask(person: Person, file: MediaFile, said: str = "") -> tuple[Any, bytes]:
    """The answer and what was streamed."""

    async def fetch() -> tuple[Any, bytes]:
        client = AsyncClient()
        await client.aforce_login(person)
        headers = {"Range": said} if said else {}
        answer: Any = await client.get(reverse("media-file", args=[file.pk]), headers=headers)
        pieces = [piece async for piece in answer.streaming_content] if answer.streaming else [answer.content]
        await sync_to_async(connections.close_all)()
        return answer, b"".join(pieces)

    return run_apart(fetch())


@pytest.fixture
def song(library: dict[str, Item], tmp_path: Path) -> MediaFile:
    return make_file(library["Soft Song 1"], tmp_path / "a “b”.mp3")


def test_it_comes_whole(ana: Person, song: MediaFile) -> None:
    answer, content = ask(ana, song)
    assert (answer.status_code, content) == (200, SOUND)
    assert (answer["Content-Type"], answer["Content-Length"]) == ("audio/mpeg", str(len(SOUND)))
    assert answer["Content-Disposition"].startswith("inline")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("bytes=0-1", SOUND[:2]),
        ("bytes=1000000-", SOUND[1_000_000:]),
        ("bytes=-5", SOUND[-5:]),
        ("bytes=1048570-9999999999", SOUND[1_048_570:]),
        ("bytes=0-600000", SOUND[:600_001]),
    ],
)
def test_a_player_may_move_on_in_it(ana: Person, song: MediaFile, said: str, part: bytes) -> None:
    answer, content = ask(ana, song, said)
    assert (answer.status_code, content) == (206, part)
    assert answer["Content-Range"].endswith(f"/{len(SOUND)}")


@pytest.mark.parametrize("said", ["bytes=99999999-", "bytes=5-2"])
def test_a_range_that_is_not_there_is_refused(ana: Person, song: MediaFile, said: str) -> None:
    answer, _ = ask(ana, song, said)
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(SOUND)}")


@pytest.mark.parametrize("said", ["bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b"])
def test_a_malformed_range_gives_the_whole_file(ana: Person, song: MediaFile, said: str) -> None:
    assert ask(ana, song, said)[0].status_code == 200


def test_a_name_that_is_no_text_is_found_and_what_no_browser_plays_is_saved(
    ana: Person, library: dict[str, Item], tmp_path: Path
) -> None:
    file = make_file(library["Slow Film 1"], Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mkv")), b"<script>")
    answer, content = ask(ana, file)
    assert (answer.status_code, content) == (200, b"<script>")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_missing_or_replaced_file_is_a_sentence(ana: Person, song: MediaFile) -> None:
    path = Path(song.path)
    path.unlink()
    answer, content = ask(ana, song)
    assert answer.status_code == 404 and "cannot be opened: No such file" in content.decode()
    for make in (os.mkfifo, os.mkdir):
        make(path)
        assert ask(ana, song)[0].status_code == 404
        path.rmdir() if path.is_dir() else path.unlink()
    MediaFile.objects.update(is_missing=True)
    assert ask(ana, song)[0].status_code == 404


def test_an_anonymous_user_gets_nothing(song: MediaFile) -> None:
    assert Client().get(reverse("media-file", args=[song.pk])).status_code == 302


def test_the_page_of_a_work_plays_its_copies(ana_client: Client, song: MediaFile) -> None:
    page = ana_client.get(reverse("item-detail", args=[song.item_id])).content.decode()
    assert f'<audio controls preload="none" src="{reverse("media-file", args=[song.pk])}">' in page
    assert (find_player("/a/b.MP4"), find_player("/a/b.mkv"), find_player("/a/b")) == ("video", "", "")
