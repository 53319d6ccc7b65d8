"""Words of media in the queue: read once, read anew when a sidecar changes, one failure a row, found in search."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_django import Settings

from mediarec.library.artwork import store_artwork
from mediarec.library.models import Item, Kind, MediaFile
from recommender import pipeline
from recommender.enrichment import count_lacking, find_changes, forget_failures
from recommender.enrichment.extractors import ExtractionResult, Target, TextTrackExtractor
from recommender.enrichment.media_extractors import PosterTextExtractor
from recommender.enrichment.passages import ExtractedText
from recommender.items.facts import load_facts
from recommender.media_analysis import text_tracks
from recommender.models import EnrichmentFailure, Passage, Reading, WordSource
from tests.media import make_video, picture_bytes
from tests.people import make_ana
from tests.recommender.enrichment.fakes import Bench, FakeEncoder

pytestmark = pytest.mark.django_db
SUBTITLES = (
    "1\n00:00:02,000 --> 00:00:04,000\nThe herring boats are late.\n\n"
    "2\n00:41:12,000 --> 00:41:14,000\nNobody winds the copper clock.\n"
)


@pytest.fixture
def bench() -> Bench:
    return Bench(readers=(TextTrackExtractor(),))


def own_film(item: Item, folder: Path, subtitles: str = SUBTITLES) -> Path:
    path = make_video(folder / f"{item.title}.mp4")
    path.with_suffix(".srt").write_text(subtitles)
    MediaFile.objects.create(
        item=item, path_raw=os.fsencode(path), path=str(path), size_bytes=1, mtime_ns=1, content_hash=f"d{item.pk}"
    )
    return path


def test_words_are_read_once_and_found_with_their_time(library: dict[str, Item], bench: Bench, tmp_path: Path) -> None:
    item = library["Slow Film 3"]
    own_film(item, tmp_path)
    assert bench.run("words") == 1
    assert bench.run("words") == 0
    (line,) = pipeline.search(pipeline.SearchQuery(make_ana().pk, "nobody winds the copper clock")).items
    assert (line.item_id, line.matched_on) == (item.pk, "subtitles 00:41:12")
    assert line.explanation == "Matched on subtitles 00:41:12: “Nobody winds the copper clock.”"


def test_a_line_remembered_nearly_right_is_found(library: dict[str, Item], bench: Bench, tmp_path: Path) -> None:
    own_film(library["Slow Film 3"], tmp_path)
    bench.run("words")
    (line,) = pipeline.search(pipeline.SearchQuery(make_ana().pk, "somebody winding the copper clock")).items
    assert line.title == "Slow Film 3"


def test_another_language_is_found_by_its_stems(library: dict[str, Item], bench: Bench, tmp_path: Path) -> None:
    path = own_film(library["Slow Film 3"], tmp_path)
    path.with_suffix(".srt").rename(path.with_suffix(".de.srt"))
    path.with_suffix(".de.srt").write_text("1\n00:00:02,000 --> 00:00:04,000\nDie Heringsboote kamen zu den Häusern.\n")
    bench.run("words")
    ana = make_ana()
    for text in ("heringsboot haus", "Heringsboote Häuser"):
        (line,) = pipeline.search(pipeline.SearchQuery(ana.pk, text)).items
        assert line.title == "Slow Film 3"


def test_a_changed_sidecar_is_read_again_and_replaces_the_former_words(
    library: dict[str, Item], bench: Bench, tmp_path: Path
) -> None:
    path = own_film(library["Slow Film 3"], tmp_path)
    bench.run("words")
    path.with_suffix(".srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nA whole new line.\n")
    assert bench.run("words") == 1
    assert [passage.text for passage in Passage.objects.all()] == ["A whole new line."]


def test_words_of_a_picture_that_was_taken_down_are_not_found(library: dict[str, Item], settings: Settings) -> None:
    class Reader(PosterTextExtractor):
        def read(self, target: Target) -> ExtractionResult:
            return ExtractionResult((ExtractedText(WordSource.POSTER, "COPPER LIGHTHOUSE", is_certain=False),))

    bench, item = Bench(readers=(Reader(),)), library["Slow Film 1"]
    store_artwork(item, picture_bytes())
    bench.run("posters")
    assert Passage.objects.get().item == item
    item.artwork = ""
    item.save()
    find_changes(bench.models)
    assert not Passage.objects.exists()
    assert not Reading.objects.exists()


def test_an_unreadable_file_is_one_failure_with_its_reason_and_the_queue_goes_on(
    library: dict[str, Item], bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_film(library["Slow Film 3"], tmp_path, subtitles=SUBTITLES * 20)
    own_film(library["Slow Film 4"], tmp_path)
    monkeypatch.setattr(text_tracks, "MOST_BYTES", 500)
    bench.run("words")
    (failure,) = EnrichmentFailure.objects.all()
    assert failure.item == library["Slow Film 3"]
    assert "is too large for subtitles" in failure.reason
    assert Reading.objects.get().item == library["Slow Film 4"]
    (stage,) = (stage for stage in count_lacking().stages if stage.stage == "words")
    assert (stage.done, stage.failed, stage.left) == (1, 1, 0)
    monkeypatch.undo()
    assert forget_failures() == 1
    assert bench.run("words") == 1
    assert not EnrichmentFailure.objects.exists()


def test_a_film_of_two_hours_of_talk_keeps_bounded_rows(library: dict[str, Item], bench: Bench, tmp_path: Path) -> None:
    lines = "\n".join(f"{n}\n00:{n // 60 % 60:02}:{n % 60:02},000 --> 00:00:00,000\nline {n}\n" for n in range(3000))
    own_film(library["Slow Film 3"], tmp_path, subtitles=lines)
    bench.run("words")
    assert 1000 < Passage.objects.count() < 2000


class ForgetfulEncoder(FakeEncoder):
    """Has memory for three at once."""

    def encode(self, inputs: object) -> NDArray[np.float32]:
        assert isinstance(inputs, list)
        if len(inputs) > 3:
            raise MemoryError
        return super().encode(inputs)


def test_batches_are_halved_until_they_fit_into_memory(library: dict[str, Item]) -> None:
    bench = Bench(text=ForgetfulEncoder("text"))
    bench.run("text")
    assert count_lacking_of("text") == 0
    assert set(bench.text.calls) <= {1, 2, 3}
    assert not EnrichmentFailure.objects.exists()


class HopelessEncoder(FakeEncoder):
    def encode(self, inputs: object) -> NDArray[np.float32]:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")


def test_an_item_too_large_for_memory_is_a_failure_with_a_sentence(library: dict[str, Item]) -> None:
    Item.objects.exclude(title="Slow Film 1").delete()
    Bench(text=HopelessEncoder("text")).run("text")
    assert "not enough memory" in EnrichmentFailure.objects.get().reason


def test_an_error_that_is_not_memory_is_not_hidden(library: dict[str, Item]) -> None:
    class Wrong(FakeEncoder):
        def encode(self, inputs: object) -> NDArray[np.float32]:
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        Bench(text=Wrong("text")).run("text")


def test_a_vector_with_nan_is_one_items_failure(library: dict[str, Item]) -> None:
    class Odd(FakeEncoder):
        def encode(self, inputs: object) -> NDArray[np.float32]:
            assert isinstance(inputs, list)
            vectors = super().encode(inputs)
            vectors[["Slow Film 3 " in f"{text} " or "Slow Film 3." in text for text in inputs]] = np.nan
            return vectors

    bench = Bench(text=Odd("text"))
    bench.run("text")
    assert count_lacking_of("text") == 0
    assert "numbers that are none" in "".join(EnrichmentFailure.objects.values_list("reason", flat=True))


def count_lacking_of(stage: str) -> int:
    from recommender.models import Embedding

    lacking = Item.objects.exclude(embeddings__in=Embedding.objects.filter(space__modality=stage))
    return lacking.exclude(enrichment_failures__isnull=False).count()


def test_saved_items_are_enriched_first(library: dict[str, Item], bench: Bench, tmp_path: Path) -> None:
    from mediarec.library.models import InteractionType
    from tests.recommender.checkerboard import act

    for title in ("Slow Film 3", "Slow Film 4", "Slow Film 5"):
        own_film(library[title], tmp_path)
    act(make_ana(), library["Slow Film 4"], InteractionType.SAVED)
    bench.run("words", limit=1)
    assert Reading.objects.get().item == library["Slow Film 4"]
    assert Item.objects.get(readings__isnull=False).kind == Kind.FILM


class MeasuringReader(TextTrackExtractor):
    """Finds every film to be of few cuts."""

    stage, name = "moving", "moving pictures"
    sources: tuple[str, ...] = ()

    def read(self, target: Target) -> ExtractionResult:
        return ExtractionResult((), {"cuts_per_minute": 1.0, "brightness": 0.5, "motion": 0.03})


def test_measurements_are_on_the_card_in_the_same_run(library: dict[str, Item], tmp_path: Path) -> None:
    item = library["Slow Film 3"]
    own_film(item, tmp_path)
    bench = Bench(readers=(MeasuringReader(),))
    bench.run()
    assert load_facts([item.pk])[item.pk].measured == ("few cuts",)
    assert bench.text.calls == [32, 28, 1]
    assert bench.run() == 0
    assert bench.text.calls == [32, 28, 1]
