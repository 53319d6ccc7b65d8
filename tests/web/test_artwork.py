"""Pictures: kept by the browser for good, and only pictures."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

NAME = "a" * 64 + ".webp"


@pytest.fixture
def picture(settings: Settings, tmp_path: Path) -> Path:
    settings.ARTWORK_ROOT = tmp_path / "artwork"
    settings.ARTWORK_ROOT.mkdir()
    path: Path = settings.ARTWORK_ROOT / NAME
    path.write_bytes(b"RIFF....WEBP")
    (tmp_path / "secret-key").write_text("secret")
    return path


def test_it_is_sent_once_and_kept(ana_client: Client, picture: Path) -> None:
    answer = ana_client.get(reverse("artwork", args=[NAME]))
    assert answer.content == b"RIFF....WEBP"
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    again = ana_client.get(reverse("artwork", args=[NAME]), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["..%2Fsecret-key", "secret-key", "..webp", "b.webp", "x.py", "%00.webp"])
def test_it_sends_nothing_else(ana_client: Client, picture: Path, name: str) -> None:
    assert ana_client.get(f"/artwork/{name}").status_code == 404
