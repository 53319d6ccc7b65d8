"""What this machine cannot load is named and passed over; the rest goes on, and what was skipped is done later."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mediarec.library.artwork import store_artwork
from mediarec.library.errors import NotLoadedError
from mediarec.library.models import Item, MediaFile
from recommender import pipeline
from recommender.backends import registry
from recommender.encoders.lazy import LazyModel
from recommender.enrichment import count_lacking, find_changes, find_load_failures, load_failures, try_unloaded
from recommender.enrichment.extractors import TextTrackExtractor
from recommender.enrichment.media_extractors import PosterTextExtractor, VideoExtractor
from recommender.media_analysis import ocr
from recommender.models import EnrichmentFailure, LoadFailure, MomentVector, Passage, Reading
from tests.media import make_video, picture_bytes
from tests.people import make_ana
from tests.recommender.enrichment.fakes import Bench, FakeEncoder, ReadsTwoFilms

pytestmark = pytest.mark.django_db
WORDS = "COPPER LIGHTHOUSE"
NO_LIBRARY = "import ctypes\nctypes.CDLL('libnowhere.so.7')\n"
READS_WORDS = f"""
class RapidOCR:
    def __init__(self, **given): pass
    def __call__(self, pixels): return [(None, {WORDS!r}, 0.9)], 0.1
"""


class Recogniser:
    """A package of the recogniser's name, which loads or lacks a library of the system."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "rapidocr_onnxruntime.py"
        self.install(NO_LIBRARY)

    def install(self, text: str) -> None:
        self.file.write_text(text)
        sys.modules.pop("rapidocr_onnxruntime", None)
        os.utime(self.file, ns=(0, 10**9 * len(text)))  # or the former bytecode would be taken for this one


@pytest.fixture
def recogniser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recogniser]:
    (tmp_path / "packages").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.setattr(ocr, "_engine", LazyModel(ocr.PART, ocr._load_engine))
    yield Recogniser(tmp_path / "packages")
    sys.modules.pop("rapidocr_onnxruntime", None)


def own_clip(item: Item, folder: Path) -> None:
    path = make_video(folder / f"{item.title}.mp4")
    MediaFile.objects.create(
        item=item, path_raw=os.fsencode(path), path=str(path), size_bytes=1, mtime_ns=1, content_hash=f"d{item.pk}"
    )


def look_with(encoder: FakeEncoder) -> Bench:
    return Bench(image=encoder, readers=(VideoExtractor(lambda: encoder),))


@pytest.mark.usefixtures("recogniser")
def test_a_clip_is_seen_where_its_words_cannot_be_read(library: dict[str, Item], tmp_path: Path) -> None:
    own_clip(library["Slow Film 3"], tmp_path)
    assert look_with(FakeEncoder("image", 6)).run("moving") == 1
    assert MomentVector.objects.exists()
    reading = Reading.objects.get()
    assert reading.skipped == [ocr.PART]
    assert reading.values["brightness"] > 0
    assert not EnrichmentFailure.objects.exists()
    (named,) = find_load_failures()
    assert named.reason == "Text recognition (RapidOCR) cannot be loaded: libnowhere.so.7 is missing."
    assert named.waiting == 1


def test_what_was_skipped_is_done_when_it_can_be_loaded(
    library: dict[str, Item], tmp_path: Path, recogniser: Recogniser
) -> None:
    item = library["Slow Film 3"]
    own_clip(item, tmp_path)
    bench = look_with(FakeEncoder("image", 6))
    bench.run("moving")
    assert try_unloaded(bench.models) == []
    assert bench.run("moving") == 0
    recogniser.install(READS_WORDS)
    assert try_unloaded(bench.models) == [ocr.PART]
    assert not LoadFailure.objects.exists()
    assert bench.run("moving") == 1
    assert Reading.objects.get().skipped == []
    (line,) = pipeline.search(pipeline.SearchQuery(make_ana().pk, "copper lighthouse")).items
    assert line.item_id == item.pk


def test_words_that_were_read_stay_while_they_cannot_be_read_again(
    library: dict[str, Item], tmp_path: Path, recogniser: Recogniser
) -> None:
    own_clip(library["Slow Film 3"], tmp_path)
    bench = look_with(FakeEncoder("image", 6))
    recogniser.install(READS_WORDS)
    bench.run("moving")
    MediaFile.objects.update(content_hash="another cut")
    recogniser.install(NO_LIBRARY)
    ocr.unload()
    find_changes(bench.models)
    assert bench.run("moving") == 1
    assert Reading.objects.get().skipped == [ocr.PART]
    assert Passage.objects.get().text == WORDS


def test_a_poster_is_hashed_where_its_words_cannot_be_read(library: dict[str, Item], recogniser: Recogniser) -> None:
    store_artwork(library["Slow Film 1"], picture_bytes())
    bench = Bench(readers=(PosterTextExtractor(),))
    bench.run("posters")
    assert Reading.objects.get().values["hash"]
    assert not Passage.objects.exists()
    recogniser.install(READS_WORDS)
    try_unloaded(bench.models)
    bench.run("posters")
    assert Passage.objects.get().text == WORDS


class UnloadedEncoder(FakeEncoder):
    """Its weights come later."""

    has_weights = False

    def load(self) -> None:
        if not self.has_weights:
            raise NotLoadedError(self.name, "The weights of the fake are not there.")

    def encode(self, inputs: Any) -> NDArray[np.float32]:
        self.load()
        return super().encode(inputs)


def test_a_clips_words_are_read_where_its_pictures_cannot_be_compared(
    library: dict[str, Item], tmp_path: Path, recogniser: Recogniser
) -> None:
    recogniser.install(READS_WORDS)
    own_clip(library["Slow Film 3"], tmp_path)
    encoder = UnloadedEncoder("image", 6)
    bench = look_with(encoder)
    bench.run("moving")
    assert Passage.objects.get().text == WORDS
    assert Reading.objects.get().skipped == ["fake image"]
    encoder.has_weights = True
    assert try_unloaded(bench.models) == ["fake image"]
    bench.run("moving")
    assert MomentVector.objects.exists()


def test_an_encoder_that_cannot_be_loaded_stops_no_other_and_the_run_does_not_fail(
    library: dict[str, Item],
) -> None:
    store_artwork(library["Slow Film 1"], picture_bytes())
    encoder = UnloadedEncoder("image", 6)
    bench = Bench(image=encoder)
    bench.run()
    assert bench.text.calls == [32, 28]
    assert [one.reason for one in find_load_failures()] == ["The weights of the fake are not there."]
    bench.run()
    assert encoder.calls == []
    encoder.has_weights = True
    try_unloaded(bench.models)
    assert bench.run("image") == 1


class DeafReader(ReadsTwoFilms):
    """Cannot be loaded until it has `ears`."""

    stage, name, version = "sound", "sound", "1"
    sources: tuple[str, ...] = ()
    ears = False

    def load(self) -> None:
        if not self.ears:
            raise NotLoadedError(self.name, "It has no ears.")

    def read(self, target: Any) -> Any:
        from recommender.enrichment.extractors import ExtractionResult

        return ExtractionResult()


def test_a_reader_that_cannot_be_loaded_is_passed_over_and_nothing_of_it_counts_as_left(
    library: dict[str, Item], tmp_path: Path
) -> None:
    own_clip(library["Slow Film 3"], tmp_path)
    deaf = DeafReader()
    bench = Bench(readers=(deaf, TextTrackExtractor()))
    assert bench.run("sound", "words") == 1
    assert Reading.objects.get().reader == "words of media"
    assert "sound" not in {stage.stage for stage in count_lacking().stages}
    deaf.ears = True
    assert try_unloaded(bench.models) == ["sound"]
    assert "sound" in {stage.stage for stage in count_lacking().stages}
    assert bench.run("sound") == 2
    assert not EnrichmentFailure.objects.exists()


def test_a_module_that_is_missing_on_first_use_is_the_readers_failure_and_not_each_files(
    library: dict[str, Item],
) -> None:
    class Late(DeafReader):
        ears = True

        def read(self, target: Any) -> Any:
            raise ImportError("libgomp.so.1: cannot open shared object file: No such file or directory")

    Bench(readers=(Late(),)).run("sound")
    assert not EnrichmentFailure.objects.exists()
    (named,) = find_load_failures()
    assert named.reason == "sound: libgomp.so.1 is missing (on Debian and Ubuntu: apt install libgomp1)."


def test_what_nothing_asks_for_any_more_is_forgotten() -> None:
    load_failures.note_load_failure(NotLoadedError("a former encoder", "It was taken away."))
    assert try_unloaded(Bench().models) == ["a former encoder"]
    assert find_load_failures() == []


def test_a_slot_says_why_its_encoder_cannot_be_loaded() -> None:
    encoder = registry.create_encoder("text")
    assert encoder is not None
    load_failures.note_load_failure(NotLoadedError(encoder.name, "The text model cannot be loaded: it is torn."))
    slot = next(slot for slot in registry.describe_slots() if slot.slot == "text")
    assert slot.state == "missing"
    assert slot.reason == "The text model cannot be loaded: it is torn. So words are searched in full text only."
