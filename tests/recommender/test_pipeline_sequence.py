"""The sequence model is used, and named, only if its own item vectors exist."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from mediarec.library.models import InteractionType, Item, Kind, Person
from recommender import pipeline
from recommender.backends import registry
from recommender.models import EmbeddingSpace, Modality
from recommender.taste.history import TasteEvent
from recommender.taste.person_vector import name_event
from recommender.types import Filters, RecommendRequest
from tests.recommender.checkerboard import DAY, DIMS, act, make_board, make_person, point, store_vector

pytestmark = pytest.mark.django_db


class ContraryRanker:
    """Expects whoever liked black to want white next: nobody but a model that was asked would say so."""

    name, version, length, dims = "contrary", "1", 20, DIMS

    def __init__(self) -> None:
        self.whats: list[str] = []
        self.facts: dict[str, list[str]] = {}

    def embed_person(
        self, item_vectors: NDArray[np.float32], whats: Sequence[str], ages_seconds: Sequence[float]
    ) -> NDArray[np.float32]:
        self.whats = max(self.whats, list(whats), key=len)  # the looks back at earlier choices read less
        turned = np.zeros(DIMS, dtype=np.float32)
        turned[1 if item_vectors[-1][0] > item_vectors[-1][1] else 0] = 1.0
        return turned


@pytest.fixture
def ranker(monkeypatch: pytest.MonkeyPatch) -> ContraryRanker:
    own = ContraryRanker()
    monkeypatch.setattr(registry, "current_ranker", lambda: own)
    return own


@pytest.fixture
def black_fan() -> Person:
    board = make_board(each=40)
    person = make_person()
    for day, item in enumerate(board["black"][:5]):
        act(person, item, InteractionType.FINISHED, day=day)
    return person


def fill_taste_space(version: str) -> None:
    space = EmbeddingSpace.objects.create(
        modality=Modality.TASTE, encoder="contrary", version=version, dims=DIMS, is_serving=True
    )
    noise = np.random.default_rng(3)
    for item in Item.objects.order_by("pk"):  # as they come, the noise would depend on where rows lie on the disk
        store_vector(space, item, point(item.genres[0], noise))


def count_white(person: Person, kind: Kind) -> int:
    request = RecommendRequest(person.pk, Filters(kinds=(kind,)), limit=10)
    return sum(item.title.startswith("White") for item in pipeline.recommend(request).items)


def test_the_model_moves_the_order_and_is_named(ranker: ContraryRanker, black_fan: Person) -> None:
    before = count_white(black_fan, Kind.FILM)
    fill_taste_space("1")
    assert count_white(black_fan, Kind.FILM) > before
    slate = pipeline.recommend(RecommendRequest(black_fan.pk))
    assert slate.ranker == "sequence contrary + content"
    assert ranker.whats == ["finished"] * 5


def test_negative_events_reach_only_weights_trained_with_them(ranker: ContraryRanker, black_fan: Person) -> None:
    fill_taste_space("1")
    act(black_fan, Item.objects.filter(title__startswith="White")[0], InteractionType.DISLIKED, day=9)
    pipeline.recommend(RecommendRequest(black_fan.pk))
    assert ranker.whats == ["finished"] * 5
    ranker.facts = {"trained_events": ["finished", "disliked"]}
    act(black_fan, Item.objects.filter(title__startswith="White")[1], InteractionType.DISLIKED, day=10)
    act(black_fan, Item.objects.filter(title__startswith="White")[2], InteractionType.SKIPPED, day=11)
    pipeline.recommend(RecommendRequest(black_fan.pk))
    assert ranker.whats == ["finished"] * 5 + ["disliked"] * 2


def test_a_film_model_weighs_less_in_music(ranker: ContraryRanker, black_fan: Person) -> None:
    fill_taste_space("1")
    assert count_white(black_fan, Kind.TRACK) < count_white(black_fan, Kind.FILM)


def test_vectors_of_other_weights_are_not_mixed_in(ranker: ContraryRanker, black_fan: Person) -> None:
    fill_taste_space("0, from before")
    assert pipeline.recommend(RecommendRequest(black_fan.pk)).ranker == "content similarity"
    assert ranker.whats == []


@pytest.mark.parametrize(("weight", "name"), [(0.6, "rated_high"), (-0.6, "rated_low")])
def test_ratings_reach_the_model_as_positive_or_negative(weight: float, name: str) -> None:
    assert name_event(TasteEvent(1, "film", "A Film", InteractionType.RATED, weight, DAY)) == name
