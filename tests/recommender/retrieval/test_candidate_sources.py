"""Candidate sources on a synthetic library with two disjoint tastes, black and white."""

from __future__ import annotations

import pytest

from mediarec.library.models import InteractionType, Item, Kind, Person
from recommender import pipeline
from recommender.items.media_types import Medium
from recommender.retrieval.context import RetrievalContext
from recommender.retrieval.exploration import list_frequent_labels
from recommender.retrieval.labels import build_prefix_query
from recommender.retrieval.popularity import find_household_favourites
from recommender.taste.profile import load_profile
from recommender.types import Candidate, EvidenceType, Filters, RecommendRequest
from tests.recommender.checkerboard import act, make_board, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def board() -> dict[str, list[Item]]:
    return make_board(each=60)


@pytest.fixture
def black_fan(board: dict[str, list[Item]]) -> Person:
    person = make_person()
    for day, item in enumerate(board["black"][:5]):
        act(person, item, InteractionType.FINISHED, day=day)
    return person


def recommend(person: Person, **wish: object) -> list[str]:
    return [i.title for i in pipeline.recommend(RecommendRequest(person.pk, **wish)).items]  # type: ignore[arg-type]


def test_a_person_who_likes_black_is_shown_black_in_every_medium(black_fan: Person) -> None:
    for kind in (Kind.FILM, Kind.TRACK):
        first = recommend(black_fan, filters=Filters(kinds=(kind,)), limit=4)
        assert len(first) == 4
        assert all(title.startswith("Black") for title in first)


def test_the_ranker_is_named_content(black_fan: Person) -> None:
    assert pipeline.recommend(RecommendRequest(black_fan.pk)).ranker == "content similarity"


def test_seeds_override_taste(black_fan: Person, board: dict[str, list[Item]]) -> None:
    seed = board["white"][0]
    slate = pipeline.recommend(RecommendRequest(black_fan.pk, seed_ids=(seed.pk,), limit=5))
    assert len(slate.items) == 5
    assert all(item.title.startswith("White") for item in slate.items)
    assert all(cause.type != EvidenceType.SEED or cause.item_id == seed.pk for i in slate.items for cause in i.evidence)
    assert slate.ranker == "likeness to your choice + content similarity"


def test_similar_items_are_of_the_same_colour_and_mostly_of_the_same_medium(
    black_fan: Person, board: dict[str, list[Item]]
) -> None:
    similar = pipeline.similar_items(board["white"][0].pk, black_fan.pk, 6)
    assert all(item.title.startswith("White") for item in similar)
    assert sum(item.kind == Kind.FILM for item in similar) >= 4


def test_exploration_finds_the_other_colour(black_fan: Person) -> None:
    assert list_frequent_labels(load_profile(black_fan.pk)) == ["black"]
    row = next(row for row in pipeline.build_home(black_fan.pk) if row.key == "different")
    assert row.slate.items
    assert all(item.title.startswith("White") for item in row.slate.items)


def test_more_novelty_brings_more_of_the_other_colour(black_fan: Person) -> None:
    def count_white(novelty: float) -> int:
        return sum(title.startswith("White") for title in recommend(black_fan, novelty=novelty, limit=12))

    assert count_white(1.0) > count_white(0.0)


def test_household_favourites_need_two_other_people(black_fan: Person, board: dict[str, list[Item]]) -> None:
    loved, alone = board["white"][0], board["white"][1]
    for name, items in (("x", [loved, alone]), ("y", [loved])):
        other = make_person(name)
        for item in items:
            act(other, item, InteractionType.LIKED)
    scope = RetrievalContext(RecommendRequest(black_fan.pk), load_profile(black_fan.pk), tuple(Medium), 10)
    assert find_household_favourites(scope) == [Candidate(loved.pk, "", {"household": 2.0})]


def test_a_film_without_a_vector_is_still_recommended(black_fan: Person) -> None:
    Item.objects.create(kind=Kind.VIDEO, title="Just Added", title_key="just added")
    assert "Just Added" in recommend(black_fan, limit=60)


def test_a_prefix_of_the_last_word_matches() -> None:
    assert build_prefix_query("Blade Run") == "'blade' & 'run':*"
    assert build_prefix_query("it's & | ! :*") == "'it' & 's':*"
    assert build_prefix_query("!!") == ""
