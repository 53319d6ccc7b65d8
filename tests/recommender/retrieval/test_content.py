"""What lies near in the text space: to what was liked, to seeds, to words; and what stands in where nothing can be."""

from __future__ import annotations

import numpy as np
import pytest
from pytest_django import Settings

from mediarec.library.models import InteractionType, Item, Kind
from recommender import pipeline
from recommender.items.media_types import Medium
from recommender.retrieval import content
from recommender.retrieval.context import RetrievalContext
from recommender.taste.profile import load_profile
from recommender.types import Candidate, RecommendRequest
from recommender.vectors import spaces
from tests.recommender import axis_encoder
from tests.recommender.builders import unit
from tests.recommender.checkerboard import DIMS, act, make_person, make_space

pytestmark = pytest.mark.django_db


def add_items(kind: Kind = Kind.FILM, **vectors: tuple[float, ...]) -> dict[str, Item]:
    """Items of these names whose vectors point where these first numbers do."""
    space = spaces.serving_space("text") or make_space()
    items = {name: Item.objects.create(kind=kind, title=name, title_key=name, genres=["x"]) for name in vectors}
    rows = np.stack([unit(*numbers, *[0.0] * (DIMS - len(numbers))) for numbers in vectors.values()])
    spaces.store_vectors(space, [item.pk for item in items.values()], list(vectors), rows)
    return items


def open_scope(*liked: Item, disliked: tuple[Item, ...] = (), is_wide: bool = True, **wish: object) -> RetrievalContext:
    """For somebody of this taste; in the narrow case the filters leave so little that they hold inside the search."""
    person = make_person()
    for item in liked:
        act(person, item, InteractionType.LIKED)
    for item in disliked:
        act(person, item, InteractionType.DISLIKED)
    request = RecommendRequest(person.pk, **wish)  # type: ignore[arg-type]
    allowed = None if is_wide else Item.objects.exclude(title="refused")
    return RetrievalContext(request, load_profile(person.pk), (Medium.SCREEN, Medium.MUSIC), 10, allowed)


def list_titles(candidates: list[Candidate]) -> list[str]:
    names = dict(Item.objects.values_list("pk", "title"))
    return [names[candidate.item_id] for candidate in candidates]


@pytest.mark.parametrize("is_wide", [True, False])
def test_of_two_items_as_near_to_what_was_liked_the_one_near_a_dislike_comes_last(is_wide: bool) -> None:
    items = add_items(liked=(1, 0), disliked=(0.6, 0.8), towards=(0.9, 0.4), away=(0.9, -0.4))
    scope = open_scope(items["liked"], disliked=(items["disliked"],), is_wide=is_wide)
    found = content.find_candidates(scope)
    scores = {title: candidate.sources["content"] for title, candidate in zip(list_titles(found), found, strict=True)}
    assert list_titles(found) == ["away", "liked", "towards", "disliked"]
    direction = unit(1 - 0.35 * 0.6, -0.35 * 0.8)
    assert scores["away"] == pytest.approx(float(direction @ unit(0.9, -0.4)), abs=2e-3)
    assert scores["towards"] == pytest.approx(float(direction @ unit(0.9, 0.4)), abs=2e-3)


def test_a_whole_answer_moves_away_from_what_was_disliked() -> None:
    items = add_items(liked=(1, 0), disliked=(0.6, 0.8), towards=(0.9, 0.4), away=(0.9, -0.4))
    scope = open_scope(items["liked"], disliked=(items["disliked"],))
    slate = pipeline.recommend(RecommendRequest(scope.request.person_id))
    assert [line.title for line in slate.items] == ["away", "towards"]
    assert slate.items[0].score > slate.items[1].score


def test_every_medium_is_searched_along_what_was_liked_in_it() -> None:
    films = add_items(film=(1, 0, 0), near_film=(1, 0.2, 0))
    songs = add_items(Kind.TRACK, song=(0, 0, 1), near_song=(0, 0.2, 1))
    found = content.find_candidates(open_scope(films["film"], songs["song"], is_wide=False))
    assert list_titles(found) == ["film", "song", "near_film", "near_song"]


def test_items_outside_the_filters_are_not_searched() -> None:
    items = add_items(liked=(1, 0), near=(0.9, 0.1), refused=(1, 0.01))
    assert "refused" not in list_titles(content.find_candidates(open_scope(items["liked"], is_wide=False)))


def test_nothing_liked_finds_nothing() -> None:
    items = add_items(disliked=(1, 0), other=(0, 1))
    assert content.find_candidates(open_scope(disliked=(items["disliked"],))) == []


def test_seeds_are_searched_around_their_middle() -> None:
    items = add_items(one=(1, 0), two=(0, 1), between=(1, 1), beyond=(1, -1))
    scope = open_scope(seed_ids=(items["one"].pk, items["two"].pk))
    found = content.find_like_seeds(scope)
    assert list_titles(found)[0] == "between"
    assert found[0].sources["seed"] == pytest.approx(1.0, abs=2e-3)
    assert list_titles(found)[-1] == "beyond"


def test_seeds_without_vectors_find_what_shares_their_genres_the_better_known_first() -> None:
    def add(title: str, popularity: float, *genres: str) -> Item:
        return Item.objects.create(
            kind=Kind.FILM, title=title, title_key=title, popularity=popularity, genres=list(genres)
        )

    seed = add("seed", 0.1, "drama", "war")
    for title, popularity, genres in (
        ("known", 0.9, ["drama"]),
        ("unknown", 0.2, ["war", "drama"]),
        ("other", 1.0, ["comedy"]),
    ):
        add(title, popularity, *genres)
    found = content.find_like_seeds(open_scope(seed_ids=(seed.pk,)))
    assert list_titles(found) == ["known", "unknown", "seed"]
    assert [candidate.sources["seed"] for candidate in found] == [0.5, 1.0, 1.0]
    assert content.read_seed_words((seed.pk,)) == {"drama", "war"}


def test_a_seed_without_vector_and_genre_finds_nothing() -> None:
    bare = Item.objects.create(kind=Kind.FILM, title="bare", title_key="bare")
    assert content.find_like_seeds(open_scope(seed_ids=(bare.pk,))) == []


def test_words_find_what_lies_where_they_do(settings: Settings) -> None:
    settings.MODEL_SLOTS = {**settings.MODEL_SLOTS, "text": [axis_encoder.PATH]}
    add_items(slow=(1, 0), loud=(0, 1))
    found = content.find_like_query(open_scope(query="something loud"))
    assert list_titles(found) == ["loud", "slow"]
    assert found[0].sources["query"] == pytest.approx(1.0, abs=2e-3)


def test_words_that_no_encoder_reads_are_left_to_other_sources() -> None:
    add_items(slow=(1, 0))
    assert content.find_like_query(open_scope(query="something loud")) == []
    assert content.read_query_vector("  ") is None
