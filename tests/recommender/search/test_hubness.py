"""An item that is near to every question loses what it owes to that, and one that fits only this question wins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from mediarec.library.models import Item, Kind
from recommender.models import EmbeddingSpace
from recommender.search import hubness
from recommender.vectors import spaces
from tests.recommender.axis_encoder import encode_words
from tests.recommender.checkerboard import DIMS, make_space

pytestmark = pytest.mark.django_db
EVERYDAY = np.eye(DIMS, dtype=np.float32)[0]  # where questions of every kind point to
SPECIFIC = np.eye(DIMS, dtype=np.float32)[1]
QUESTION = np.asarray(0.8 * EVERYDAY + 0.6 * SPECIFIC, dtype=np.float32)


@pytest.fixture
def space() -> EmbeddingSpace:
    """The item "Hub" lies where every question points to, "Answer" where this one goes beyond that."""
    space = make_space()
    items = [Item.objects.create(kind=Kind.FILM, title=title, title_key=title) for title in ("Hub", "Answer")]
    vectors = np.stack([EVERYDAY, SPECIFIC])
    spaces.store_vectors(space, [item.pk for item in items], ["1", "2"], vectors)
    return space


def ask(space: EmbeddingSpace, vector: NDArray[np.float32]) -> list[tuple[str, float]]:
    titles = dict(Item.objects.values_list("pk", "title"))
    return [(titles[item_id], round(score, 2)) for item_id, score in hubness.nearest_corrected(space, vector, 5)]


def test_six_tenths_of_what_every_question_shares_are_taken_off(space: EmbeddingSpace) -> None:
    assert ask(space, QUESTION) == [("Hub", 0.8), ("Answer", 0.6)]
    hubness.store_hubness(space, lambda texts: np.stack([EVERYDAY for _ in texts]))
    moved = hubness.correct_query(space, QUESTION)
    assert moved == pytest.approx(QUESTION - 0.6 * EVERYDAY, abs=1e-6)
    assert ask(space, moved) == [("Answer", 0.6), ("Hub", 0.2)]


def test_before_it_was_measured_a_question_stays_as_it_is(space: EmbeddingSpace) -> None:
    assert hubness.load_statistics(space) == hubness.HubnessStatistics()
    assert hubness.correct_query(space, QUESTION) is QUESTION


def test_the_mean_is_that_of_the_everyday_questions(space: EmbeddingSpace) -> None:
    hubness.store_hubness(space, lambda texts: np.stack([encode_words(text) for text in texts]))
    asked = [encode_words(text) for text in hubness.list_generic_queries()]
    assert len(asked) == 200
    assert hubness.load_statistics(space).mean == pytest.approx(np.mean(asked, axis=0), abs=1e-3)


def test_three_of_four_questions_off_the_subject_stay_below_the_noise_floor(space: EmbeddingSpace) -> None:
    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        """Everyday questions have no mean; those off the subject come as near to "Hub" as 1/24, 2/24, ..., 1."""
        if list(texts) != list(hubness.OFF_TOPIC):
            return np.zeros((len(texts), DIMS), dtype=np.float32)
        return np.outer(np.arange(1, len(texts) + 1) / len(texts), EVERYDAY).astype(np.float32)

    hubness.store_hubness(space, encode)
    assert hubness.load_statistics(space).noise_floor == pytest.approx(18.25 / 24, abs=1e-3)


def test_a_new_measurement_is_read_at_once(space: EmbeddingSpace) -> None:
    for vector in (EVERYDAY, SPECIFIC):
        hubness.store_hubness(space, lambda texts, own=vector: np.stack([own for _ in texts]))  # type: ignore[misc]
        assert hubness.load_statistics(space).mean == pytest.approx(vector)
