"""Whatever one item holds, it is one row with its reason, and the queue goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mediarec.library.models import Item, MediaFile
from recommender.enrichment.extractors import ExtractionResult, Target
from recommender.enrichment.media_extractors import VideoExtractor
from recommender.models import Embedding, EnrichmentFailure, Reading
from recommender.vectors import spaces
from tests.recommender.enrichment.fakes import Bench, FakeEncoder, ReadsTwoFilms

pytestmark = pytest.mark.django_db


class StumblingReader(ReadsTwoFilms):
    """Raises what it is told to for one of two films."""

    stage, name, version = "words", "stumbling", "1"
    sources: tuple[str, ...] = ()

    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, target: Target) -> ExtractionResult:
        if Item.objects.get(pk=target.item_id).title == "Slow Film 1":
            raise self.error
        return ExtractionResult()


class NaNEncoder(FakeEncoder):
    def encode(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        return np.full((len(inputs), self.dims), np.nan, dtype=np.float32)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "There is not enough memory to read this, even alone."),
        (RuntimeError("CUDA out of memory"), "There is not enough memory to read this, even alone."),
        (ValueError("Frame does not match"), "This could not be read: ValueError: Frame does not match."),
    ],
)
def test_an_unexpected_error_is_one_row(library: dict[str, Item], error: Exception, reason: str) -> None:
    bench = Bench(readers=(StumblingReader(error),))
    bench.run("words")
    failure = EnrichmentFailure.objects.get()
    assert (failure.item, failure.reason) == (library["Slow Film 1"], reason)
    assert Reading.objects.get().item == library["Slow Film 2"]


def test_an_unexpected_error_of_an_encoder_is_one_row(library: dict[str, Item]) -> None:
    class Stumbling(FakeEncoder):
        def encode(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
            if any("Slow Film 1." in str(given) or "Slow Film 1 (" in str(given) for given in inputs):
                raise ValueError("odd")
            return super().encode(inputs)

    Bench(text=Stumbling("text")).run("text")
    failure = EnrichmentFailure.objects.get()
    assert (failure.item, failure.reason) == (library["Slow Film 1"], "This could not be read: ValueError: odd.")
    assert Embedding.objects.filter(space__modality="text").count() == Item.objects.count() - 1


def test_a_file_whose_name_is_no_unicode_fails_with_a_reason(library: dict[str, Item]) -> None:
    raw = b"/films/caf\xe9.mkv"
    MediaFile.objects.create(
        item=library["Slow Film 1"], path_raw=raw, path="/films/caf?.mkv", size_bytes=1, mtime_ns=1, content_hash="d"
    )
    Bench(readers=(VideoExtractor(lambda: None),)).run("moving")
    failure = EnrichmentFailure.objects.get()
    assert failure.reason == "/films/caf\ufffd.mkv is not there any more."


def test_an_encoder_that_returns_only_nan_does_not_start_serving(library: dict[str, Item]) -> None:
    Bench().run("text")
    before = spaces.serving_space("text")
    Bench(text=NaNEncoder("text", version="2")).run("text")
    assert EnrichmentFailure.objects.count() == Item.objects.count()
    assert spaces.serving_space("text") == before


def test_failures_of_a_former_encoder_version_are_retried_by_the_new_one(library: dict[str, Item]) -> None:
    Bench(text=NaNEncoder("text", version="1")).run("text")
    Bench(text=FakeEncoder("text", version="2")).run("text")
    assert not EnrichmentFailure.objects.exists()
    assert Embedding.objects.filter(space__version="2").count() == Item.objects.count()
