"""No space left halfway: one row with its reason, nothing half-written, and the queue goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Any

import pytest

from mediarec.library.models import Item
from recommender.enrichment import forget_failures
from recommender.enrichment.extractors import ExtractionResult, Target
from recommender.enrichment.passages import ExtractedText
from recommender.models import Embedding, EnrichmentFailure, MomentVector, Passage, Reading, WordSource
from recommender.vectors import spaces
from tests.recommender.enrichment.fakes import Bench, FakeEncoder, ReadsTwoFilms

pytestmark = pytest.mark.django_db
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
REASON = "There is no space left on the disk. Make room and try again."


class WordyReader(ReadsTwoFilms):
    """Reads words and a moment off two films, without opening anything."""

    stage, name, version = "words", "wordy", "1"
    sources: tuple[str, ...] = (WordSource.SUBTITLES.value,)

    def __init__(self, space_id: int) -> None:
        self.space_id = space_id

    def read(self, target: Target) -> ExtractionResult:
        found = ExtractedText(WordSource.SUBTITLES, "Nobody winds the clock.", 1.0, "en")
        return ExtractionResult((found,), {}, ((1.0, [1.0, 0.0]),), self.space_id)


def fail_once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    whole, calls = getattr(owner, name), []

    def write(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise FULL
        return whole(*args, **kwargs)

    monkeypatch.setattr(owner, name, write)


def test_a_reading_is_stored_whole_or_not_at_all(library: dict[str, Item], monkeypatch: pytest.MonkeyPatch) -> None:
    space = spaces.open_space(spaces.SpaceKey("image", "made-up", "1", 2))
    bench = Bench(readers=(WordyReader(space.pk),))
    fail_once(monkeypatch, MomentVector.objects, "bulk_create")
    bench.run("words")
    (failure,) = EnrichmentFailure.objects.all()
    assert failure.reason == REASON
    assert not Passage.objects.filter(item=failure.item).exists()
    assert Reading.objects.exclude(item=failure.item).count() == Passage.objects.count() == 1
    assert forget_failures() == 1
    bench.run("words")
    assert Reading.objects.count() == MomentVector.objects.count() == 2


def test_a_batch_of_vectors_that_could_not_be_written_is_told_and_the_next_one_goes_in(
    library: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_once(monkeypatch, spaces, "store_vectors")
    bench = Bench(ranker=None)
    bench.run("text")
    failed = EnrichmentFailure.objects.filter(stage=bench.text.name)
    assert set(failed.values_list("reason", flat=True)) == {REASON}
    assert failed.count() == 32
    assert Embedding.objects.count() == Item.objects.count() - 32
    forget_failures()
    bench.run("text")
    assert Embedding.objects.count() == Item.objects.count()


def test_an_encoder_without_room_for_its_work_fails_one_item(library: dict[str, Item]) -> None:
    class Cramped(FakeEncoder):
        def encode(self, inputs: Sequence[Any]) -> Any:
            if any("Slow Film 3." in text or "Slow Film 3 (" in text for text in inputs):
                raise FULL
            return super().encode(inputs)

    bench = Bench(text=Cramped("text"), ranker=None)
    bench.run("text")
    (failure,) = EnrichmentFailure.objects.all()
    assert (failure.item, failure.reason) == (library["Slow Film 3"], REASON)
