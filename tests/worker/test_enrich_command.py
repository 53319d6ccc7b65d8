"""`manage.py enrich --json` over real small files: every medium is counted, what is broken has its reason, once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from mediarec.library.artwork import store_artwork
from mediarec.library.models import Item, MediaFile
from recommender.backends import registry
from recommender.media_analysis import ocr
from recommender.models import MomentVector, Passage
from tests.commands import run_json
from tests.media import make_audio, make_picture, make_video
from tests.people import make_library
from tests.recommender.enrichment.fakes import FakeEncoder

pytestmark = pytest.mark.django_db
SUBTITLES = "1\n00:00:00,200 --> 00:00:00,800\nNobody winds the copper clock.\n"


class Text(FakeEncoder):
    def __init__(self) -> None:
        super().__init__("text")


class Pictures(FakeEncoder):
    def __init__(self) -> None:
        super().__init__("image", 6)


def own(item: Item, path: Path) -> None:
    MediaFile.objects.create(
        item=item, path_raw=os.fsencode(path), path=str(path), size_bytes=1, mtime_ns=1, content_hash=f"d{item.pk}"
    )


@pytest.fixture
def library(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Item]:
    """Two clips, one of them torn, a song, and a poster. Letters in pictures are left out: their model is slow."""
    here = __name__
    settings.ARTWORK_ROOT = tmp_path / "artwork"
    settings.MODEL_SLOTS = {
        **settings.MODEL_SLOTS,
        "text": [f"{here}.Text"],
        "image": [f"{here}.Pictures"],
        "audio": ["recommender.encoders.audio_descriptors.AudioDescriptorEncoder"],
    }
    monkeypatch.setattr(ocr, "find_obstacle", lambda: "not here")
    library = make_library()
    clip = make_video(tmp_path / "clip.mp4", 2.0)
    clip.with_suffix(".srt").write_text(SUBTITLES)
    own(library["Slow Film 1"], clip)
    (tmp_path / "torn.mp4").write_bytes(b"not a film")
    own(library["Slow Film 2"], tmp_path / "torn.mp4")
    track = Item.objects.filter(kind="track").order_by("pk")[0]
    own(track, make_audio(tmp_path / "song.ogg", seconds=3.0))
    store_artwork(library["Slow Film 1"], make_picture(tmp_path / "poster.png").read_bytes())
    return library


def count(report: dict[str, Any], stage: str) -> tuple[int, int, int, int]:
    found = report["stages"][stage]
    return found["done"], found["skipped"], found["failed"], found["left"]


def test_each_medium_is_counted_and_a_second_run_does_nothing(library: dict[str, Item]) -> None:
    registry.unload_idle(0.0)
    everything = Item.objects.count()
    first = run_json("enrich")
    assert first["problem"] == ""
    assert count(first, "text") == (everything, 0, 0, 0)
    assert count(first, "image") == count(first, "posters") == (1, 0, 0, 0)
    assert count(first, "audio") == count(first, "sound") == (1, 0, 0, 0)
    assert count(first, "moving") == (1, 0, 1, 0)
    (failure,) = first["failures"]
    assert (failure["title"], failure["stage"]) == ("Slow Film 2", "moving pictures")
    assert "torn.mp4" in failure["reason"]
    assert Passage.objects.get().text == "Nobody winds the copper clock."
    assert MomentVector.objects.filter(item=library["Slow Film 1"]).exists()

    second = run_json("enrich")
    assert second["made"] == 0
    assert count(second, "text") == (0, everything, 0, 0)
    assert count(second, "moving") == (0, 1, 1, 0)
    assert second["failures"] == first["failures"]
