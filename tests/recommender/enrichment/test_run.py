"""Describing and embedding everything: in order, once, resumable, and honest about what failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.db.models import Count
from PIL import Image
from pytest_django import Settings

from mediarec.library.artwork import store_artwork
from mediarec.library.errors import UnavailableError
from mediarec.library.models import Item, Kind, MediaFile
from recommender.enrichment import count_lacking, find_changes
from recommender.enrichment.item_embeddings import find_inputs
from recommender.models import Description, Embedding, EmbeddingSpace, EnrichmentFailure
from recommender.types import Vector
from recommender.vectors import spaces
from tests.media import picture_bytes
from tests.recommender.enrichment.fakes import Bench, BrokenEncoder, FakeEncoder, FakeRanker

pytestmark = pytest.mark.django_db
TRACKS = Item.objects.filter(kind=Kind.TRACK)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def count_vectors() -> dict[str, int]:
    rows = Embedding.objects.exclude(content_hash="").values("space__modality").annotate(count=Count("pk"))
    return {row["space__modality"]: row["count"] for row in rows}


def hang_picture(item: Item, folder: Path, colour: str, *, drawn: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (20, 30), colour).save(folder / f"{colour}.webp")
    item.artwork, item.artwork_is_drawn = f"{colour}.webp", drawn
    item.save()


def test_a_picture_under_the_name_the_artwork_folder_gives_it_is_embedded(
    library: dict[str, Item], bench: Bench, settings: Settings
) -> None:
    store_artwork(library["Slow Film 1"], picture_bytes())
    bench.run("image")
    assert count_vectors() == {"image": 1}


def own(item: Item, name: str = "song.ogg", digest: str = "d1") -> MediaFile:
    raw = os.fsencode(f"/music/{item.pk}/{name}")
    return MediaFile.objects.create(
        item=item, path_raw=raw, path=os.fsdecode(raw), size_bytes=1, mtime_ns=1, content_hash=digest
    )


def test_everything_gets_a_description_and_its_vectors(
    library: dict[str, Item], bench: Bench, settings: Settings
) -> None:
    hang_picture(library["Slow Film 1"], Path(settings.ARTWORK_ROOT), "navy")
    own(library["Loud Song 1"])
    made = bench.run()
    assert count_vectors() == {"text": 60, "taste": 60, "image": 1, "audio": 1}
    assert Description.objects.filter(describer="template").count() == 60
    assert made >= 60 * 2 + 2
    done, total, message = bench.messages[-1]
    assert done == made <= total
    assert message


def test_a_second_run_does_nothing_again(library: dict[str, Item], bench: Bench) -> None:
    bench.run()
    calls = list(bench.text.calls)
    assert bench.run() == 0
    assert bench.text.calls == calls


def test_a_batch_holds_at_most_thirty_two_items(library: dict[str, Item], bench: Bench) -> None:
    bench.run()
    assert bench.text.calls == [32, 28]


def test_a_killed_run_repeats_at_most_one_batch(library: dict[str, Item], bench: Bench) -> None:
    bench.text.dies_at = 2
    with pytest.raises(KeyboardInterrupt):
        bench.run()
    assert count_vectors() == {"text": 32, "taste": 32}  # what was embedded can be ranked already
    kept = set(Embedding.objects.values_list("pk", "created_at"))
    bench.text.dies_at = None
    bench.run()
    assert count_vectors() == {"text": 60, "taste": 60}
    assert bench.text.calls == [32, 28, 28]
    assert kept <= set(Embedding.objects.values_list("pk", "created_at"))


def test_it_stops_between_two_batches_when_told_to(library: dict[str, Item], bench: Bench) -> None:
    bench.stop_after = 2  # the descriptions, and the first batch of texts
    bench.run()
    assert count_vectors()["text"] == 32


def test_a_limit_holds_per_stage(library: dict[str, Item], bench: Bench) -> None:
    bench.run("text", limit=10)
    assert count_vectors() == {"text": 32}  # a batch is never cut


def read_vector(modality: str, item: Item) -> Vector:
    return spaces.read_vectors(spaces.serving_space(modality), [item.pk])[item.pk]


def test_a_changed_card_is_embedded_again_and_serves_its_old_vector_until_then(
    library: dict[str, Item], bench: Bench
) -> None:
    bench.run()
    item = library["Slow Film 1"]
    before = read_vector("text", item)
    taste = read_vector("taste", item)
    Item.objects.filter(pk=item.pk).update(synopsis="A boat waits for the wind.")
    find_changes(bench.models)
    assert (read_vector("text", item) == before).all()
    assert Embedding.objects.filter(content_hash="", space__modality="text").count() == 1
    bench.text.calls.clear()
    bench.run()
    assert bench.text.calls == [1]
    assert (read_vector("text", item) != before).any()
    assert (read_vector("taste", item) != taste).any()
    assert "boat" in Description.objects.get(item=item).text


def test_a_new_running_time_describes_again_and_embeds_nothing(library: dict[str, Item], bench: Bench) -> None:
    bench.run()
    bench.text.calls.clear()
    Item.objects.filter(title="Slow Film 1").update(runtime_seconds=1)
    bench.run()
    assert bench.text.calls == []


def test_drawn_artwork_says_nothing_of_a_work(library: dict[str, Item], bench: Bench, settings: Settings) -> None:
    folder = Path(settings.ARTWORK_ROOT)
    hang_picture(library["Slow Film 1"], folder, "navy", drawn=True)
    hang_picture(library["Slow Film 2"], folder, "gold")
    bench.run()
    assert count_vectors()["image"] == 1
    hang_picture(library["Slow Film 2"], folder, "gold", drawn=True)
    bench.run()
    assert "image" not in count_vectors()


def test_another_picture_is_embedded_again(library: dict[str, Item], bench: Bench, settings: Settings) -> None:
    hang_picture(library["Slow Film 1"], Path(settings.ARTWORK_ROOT), "navy")
    bench.run()
    hang_picture(library["Slow Film 1"], Path(settings.ARTWORK_ROOT), "gold")
    bench.run()
    assert Embedding.objects.get(space__modality="image").content_hash == "gold.webp"


def test_a_broken_picture_is_one_failure_with_a_sentence_and_the_rest_goes_in(
    library: dict[str, Item], bench: Bench, settings: Settings
) -> None:
    folder = Path(settings.ARTWORK_ROOT)
    hang_picture(library["Slow Film 1"], folder, "navy")
    hang_picture(library["Slow Film 2"], folder, "gold")
    (folder / "gold.webp").write_bytes(b"no picture")
    bench.run()
    failure = EnrichmentFailure.objects.get()
    assert failure.item == library["Slow Film 2"]
    assert failure.reason.startswith("The picture gold.webp cannot be read")
    assert count_vectors()["image"] == 1
    calls = len(bench.image.calls)
    bench.run()
    assert len(bench.image.calls) == calls  # not tried again
    hang_picture(library["Slow Film 2"], folder, "red")
    bench.run()
    assert not EnrichmentFailure.objects.exists()  # another picture is


def test_a_file_that_cannot_be_read_does_not_take_its_batch_with_it(library: dict[str, Item], bench: Bench) -> None:
    for number in (1, 2, 3):
        own(library[f"Loud Song {number}"], "broken.ogg" if number == 2 else "song.ogg")
    bench.audio.refuses = ("broken",)
    bench.run()
    assert count_vectors()["audio"] == 2
    assert "broken.ogg cannot be read." in EnrichmentFailure.objects.get().reason
    progress = next(stage for stage in count_lacking().stages if stage.stage == "audio")
    assert progress.total == 3


def test_films_are_not_listened_to_and_missing_files_wait(library: dict[str, Item], bench: Bench) -> None:
    own(library["Slow Film 1"], "film.mkv")
    lost = own(library["Loud Song 1"])
    MediaFile.objects.filter(pk=lost.pk).update(is_missing=True)
    bench.run()
    assert "audio" not in count_vectors()


def test_broken_weights_are_told_after_the_rest_is_done(library: dict[str, Item], bench: Bench) -> None:
    own(library["Loud Song 1"])
    bench.audio = BrokenEncoder("audio", 5)
    with pytest.raises(UnavailableError, match="The weights are broken"):
        bench.run()
    assert count_vectors() == {"text": 60, "taste": 60}
    assert not EnrichmentFailure.objects.exists()


def test_a_new_encoder_fills_its_space_before_it_serves(library: dict[str, Item], bench: Bench) -> None:
    bench.run()
    former = spaces.serving_space("text")
    bench.text = FakeEncoder("text", version="2")
    bench.text.dies_at = 2
    with pytest.raises(KeyboardInterrupt):
        bench.run()
    assert spaces.serving_space("text") == former
    bench.text.dies_at = None
    bench.run()
    serving = spaces.serving_space("text")
    assert serving is not None and serving.version == "2"


def test_a_new_ranker_serves_once_every_item_has_its_vector(library: dict[str, Item], bench: Bench) -> None:
    bench.run()
    bench.ranker = FakeRanker(version="2")
    bench.run("taste")
    assert [space.version for space in EmbeddingSpace.objects.filter(modality="taste")] == ["2"]
    assert count_vectors()["taste"] == 60


def test_a_medium_the_ranker_was_not_trained_on_is_left_out(library: dict[str, Item], bench: Bench) -> None:
    bench.ranker = FakeRanker(modality_dims={"text": 8, "image": 999})
    bench.run()
    assert count_vectors()["taste"] == 60


def test_a_medium_the_ranker_knows_from_another_encoder_is_left_out(library: dict[str, Item], bench: Bench) -> None:
    bench.run("text", "descriptions")
    trained = {"text": "fake text 1", "image": "another 7"}
    for encoders, known in (({}, {"text"}), (trained, {"text"}), ({"text": "another 7"}, set())):
        assert find_inputs(FakeRanker(facts={"encoders": encoders})).keys() == known
    assert not find_inputs(FakeRanker(trained_modalities=frozenset({"audio"})))


def test_without_a_ranker_or_pictures_the_rest_is_done(library: dict[str, Item], bench: Bench) -> None:
    bench.ranker = None
    bench.run()
    assert count_vectors() == {"text": 60}


def test_an_item_that_vanishes_midway_is_left_out(library: dict[str, Item], bench: Bench) -> None:
    original = bench.text.encode

    def encode_and_delete(inputs: list[str]) -> object:
        Item.objects.filter(title="Slow Film 1").delete()
        return original(inputs)

    bench.text.encode = encode_and_delete  # type: ignore[method-assign, assignment]
    bench.run()
    assert count_vectors() == {"text": 59, "taste": 59}


def test_progress_says_what_is_left_and_for_how_long(library: dict[str, Item]) -> None:
    progress = count_lacking()
    assert progress.is_lacking
    text = next(stage for stage in progress.stages if stage.stage == "text")
    assert (text.done, text.total, text.left, text.percent) == (0, 60, 60, 0)
    assert progress.seconds_left is not None and progress.seconds_left > 0
