"""`manage.py enrich --json` on small real files: every stage is counted, and each failure is listed once
with its reason.
"""

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


def add_file(item: Item, path: Path) -> None:
    MediaFile.objects.create(
        item=item, path_raw=os.fsencode(path), path=str(path), size_bytes=1, mtime_ns=1, content_hash=f"d{item.pk}"
    )


@pytest.fixture
def library(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Item]:
    """Two clips, one of them damaged, a song, and a poster. OCR is off: its model is slow."""
    module = __name__
    settings.ARTWORK_ROOT = tmp_path / "artwork"
    settings.MODEL_SLOTS = {
        **settings.MODEL_SLOTS,
        "text": [f"{module}.Text"],
        "image": [f"{module}.Pictures"],
        "audio": ["recommender.encoders.audio_descriptors.AudioDescriptorEncoder"],
    }
    monkeypatch.setattr(ocr, "read_lines", lambda picture: [])
    library = make_library()
    clip = make_video(tmp_path / "clip.mp4", 2.0)
    clip.with_suffix(".srt").write_text(SUBTITLES)
    add_file(library["Slow Film 1"], clip)
    (tmp_path / "torn.mp4").write_bytes(b"not a film")
    add_file(library["Slow Film 2"], tmp_path / "torn.mp4")
    track = Item.objects.filter(kind="track").order_by("pk")[0]
    add_file(track, make_audio(tmp_path / "song.ogg", seconds=3.0))
    store_artwork(library["Slow Film 1"], make_picture(tmp_path / "poster.png").read_bytes())
    return library


def count(report: dict[str, Any], stage: str) -> tuple[int, int, int, int]:
    counts = report["stages"][stage]
    return counts["done"], counts["skipped"], counts["failed"], counts["left"]


def test_each_stage_is_counted_and_a_second_run_does_nothing(library: dict[str, Item]) -> None:
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
