"""The weights in the repository: they load, stay small, carry their provenance, and rank."""

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.items.cards import ItemFacts, build_card
from recommender.sequence.events import EVENT_TYPES
from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker

MEGABYTE = 1 << 20
DAY = 86400.0
obstacle = MiniLMTextEncoder.find_obstacle()


@pytest.fixture(scope="module")
def ranker() -> SequenceRanker:
    return SequenceRanker.load(SHIPPED_WEIGHTS)


def make_items(ranker: SequenceRanker, count: int) -> NDArray[np.float32]:
    text = np.random.default_rng(2).normal(size=(count, ranker.modality_dims["text"])).astype(np.float32)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    return ranker.embed_items({"text": text}, {"text": np.ones(count, bool)})


def test_the_folder_is_at_most_ten_megabytes() -> None:
    assert sum(path.stat().st_size for path in SHIPPED_WEIGHTS.iterdir()) <= 10 * MEGABYTE


def test_the_weights_carry_licence_and_provenance(ranker: SequenceRanker) -> None:
    assert "MovieLens" in ranker.facts["licence"]
    assert "research" in ranker.facts["licence"]
    assert {"seed", "data_hash", "protocol", "metrics", "encoders", "config"} <= set(ranker.facts)
    assert ranker.trained_modalities == {"text", "image"}


def test_the_weights_hold_no_item_ids(ranker: SequenceRanker) -> None:
    assert ranker.facts["config"]["id_items"] == 0


def test_vectors_have_unit_length(ranker: SequenceRanker) -> None:
    items = make_items(ranker, 9)
    person = ranker.embed_person(items, ["finished"] * 9, [float("nan")] * 9)
    assert items.shape == (9, ranker.dims)
    assert np.allclose(np.linalg.norm(items, axis=1), 1, atol=1e-4)
    assert abs(float(np.linalg.norm(person)) - 1) < 1e-4


def test_untrained_event_types_and_gaps_do_not_change_the_vector(ranker: SequenceRanker) -> None:
    items = make_items(ranker, len(EVENT_TYPES))
    plain = ranker.embed_person(items, ["finished"] * len(items), [float("nan")] * len(items))
    ages = [DAY * (len(items) - index) ** 2 for index in range(len(items))]
    assert np.abs(ranker.embed_person(items, EVENT_TYPES, ages) - plain).max() < 1e-5


def test_untrained_audio_is_masked(ranker: SequenceRanker) -> None:
    audio = np.full((4, ranker.modality_dims["audio"]), 0.1, dtype=np.float32)
    text = np.eye(4, ranker.modality_dims["text"], dtype=np.float32)
    present = np.ones(4, bool)
    alone = ranker.embed_items({"text": text}, {"text": present})
    assert np.array_equal(
        alone, ranker.embed_items({"text": text, "audio": audio}, {"text": present, "audio": present})
    )


def test_only_the_last_events_are_read_and_their_order_matters(ranker: SequenceRanker) -> None:
    items = make_items(ranker, ranker.length + 20)
    unknown = [float("nan")] * len(items)
    whole = ranker.embed_person(items, ["finished"] * len(items), unknown)
    last = ranker.embed_person(items[20:], ["finished"] * ranker.length, unknown[20:])
    turned = ranker.embed_person(items[::-1], ["finished"] * len(items), unknown)
    assert np.abs(whole - last).max() < 1e-6
    assert np.abs(whole - turned).max() > 1e-3


def test_threads_get_the_same_answers(ranker: SequenceRanker) -> None:
    items = make_items(ranker, 30)
    starts = list(range(8))
    expected = [ranker.embed_person(items[start:], ["liked"] * (30 - start), [0.0] * (30 - start)) for start in starts]
    vectors: dict[int, NDArray[np.float32]] = {}

    def ask(start: int) -> None:
        vectors[start] = ranker.embed_person(items[start:], ["liked"] * (30 - start), [0.0] * (30 - start))

    threads = [threading.Thread(target=ask, args=(start,)) for start in starts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(vectors[start], expected[start]) for start in starts)


def make_film(title: str, year: int, *genres: str, synopsis: str) -> str:
    return build_card(ItemFacts("film", title, year, genres, synopsis=synopsis))


HORROR = [
    make_film(f"The {thing} in the Cellar", 1978 + 2 * index, "Horror", "Thriller", synopsis=plot)
    for index, (thing, plot) in enumerate(
        [
            ("Thing", "A masked killer stalks teenagers at a summer camp."),
            ("Doll", "A possessed doll murders a family one by one."),
            ("Blood", "Vampires terrorise a remote village at night."),
            ("Whisper", "A haunted house drives its new owners to madness."),
            ("Claw", "Something in the woods hunts a group of campers."),
            ("Mask", "A slasher returns from the dead to take his revenge."),
            ("Grave", "The dead rise from an old cemetery, hungry for the living."),
            ("Fog", "A ghost ship brings a curse upon a coastal town."),
        ]
    )
]
FAMILY = [
    make_film(f"The {thing} Who Sang", 1978 + 2 * index, "Animation", "Children's", "Musical", synopsis=plot)
    for index, (thing, plot) in enumerate(
        [
            ("Mouse", "A brave little mouse finds his way home with the help of his friends."),
            ("Duckling", "A lonely duckling learns to sing and wins the heart of the farm."),
            ("Bear", "A toy bear comes to life and teaches a girl about friendship."),
            ("Puppy", "A lost puppy and a kitten cross the country together."),
            ("Prince", "A princess and a clumsy prince break a spell with a song."),
            ("Fish", "A young fish explores the reef against his father's wishes."),
            ("Elephant", "A baby elephant joins the circus and learns to fly."),
            ("Rabbit", "A rabbit saves the forest from a greedy builder."),
        ]
    )
]


@pytest.mark.real_models
@pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")
@pytest.mark.parametrize(("taste", "other"), [(HORROR, FAMILY), (FAMILY, HORROR)], ids=["horror", "family"])
def test_items_of_the_same_taste_are_ranked_first(ranker: SequenceRanker, taste: list[str], other: list[str]) -> None:
    text = MiniLMTextEncoder().encode([*taste, *other])
    items = ranker.embed_items({"text": text}, {"text": np.ones(len(text), bool)})
    person = ranker.embed_person(items[:5], ["finished"] * 5, [DAY * (5 - index) for index in range(5)])
    scores = items[5:] @ person  # three of the same taste, then eight of the other
    assert scores[:3].min() > scores[3:].max()
