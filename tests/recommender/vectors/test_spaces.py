"""Embedding spaces: each has its own index, filters apply inside the search, and two spaces never meet in one query."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection
from django.db.models import Q

from mediarec.library.errors import MediarecError
from mediarec.library.models import Item, Kind
from recommender.models import Embedding, EmbeddingSpace
from recommender.vectors import spaces
from tests.people import make_ana, make_library

pytestmark = pytest.mark.django_db
KEY = spaces.SpaceKey("text", "made-up", "1", 8)


def point(*numbers: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    vector = np.zeros(8, dtype=np.float32)
    vector[: len(numbers)] = numbers
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def fill(space: EmbeddingSpace, items: list[Item], seed: int = 5) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    vectors = np.random.default_rng(seed).standard_normal((len(items), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert spaces.store_vectors(space, [i.pk for i in items], ["h"] * len(items), vectors) == len(items)
    return vectors


@pytest.fixture
def items() -> list[Item]:
    return list(make_library().values())


def test_the_first_space_of_a_medium_serves_and_a_later_one_waits() -> None:
    first = spaces.open_space(KEY)
    later = spaces.open_space(spaces.SpaceKey("text", "made-up", "2", 8))
    assert spaces.open_space(KEY) == first
    assert spaces.serving_space("text") == first
    spaces.serve_space(later)
    assert spaces.serving_space("text") == later


def test_a_version_never_changes_its_size() -> None:
    spaces.open_space(KEY)
    with pytest.raises(MediarecError, match="give the model a new version"):
        spaces.open_space(spaces.SpaceKey("text", "made-up", "1", 16))


def test_vectors_come_back_as_they_were_stored(items: list[Item]) -> None:
    space = spaces.open_space(KEY)
    vectors = fill(space, items)
    read = spaces.read_vectors(spaces.serving_space("text"), [items[3].pk, 10**9])
    assert list(read) == [items[3].pk]
    assert np.allclose(read[items[3].pk], vectors[3], atol=2e-3)
    assert spaces.read_vectors(spaces.serving_space("audio"), [items[3].pk]) == {}


def test_storing_again_replaces_the_vectors(items: list[Item]) -> None:
    space = spaces.open_space(KEY)
    fill(space, items)
    fill(space, items, seed=6)
    assert Embedding.objects.count() == len(items)


def test_the_nearest_are_those_of_an_exact_search(items: list[Item]) -> None:
    vectors = fill(spaces.open_space(KEY), items)
    query = point(1, 2, 3)
    exact = [items[row].pk for row in np.argsort(-(vectors @ query))[:10]]
    matches = spaces.nearest("text", query, 10)
    assert [item_id for item_id, _ in matches] == exact
    assert matches[0][1] == pytest.approx(float((vectors @ query).max()), abs=2e-3)


def test_several_vectors_at_once_get_what_each_would_get_alone(items: list[Item]) -> None:
    fill(spaces.open_space(KEY), items)
    queries = [point(1, 2), point(0, 0, 3), point(-1, 1)]
    together = spaces.nearest_each("text", queries, 7)
    assert together == [spaces.nearest("text", vector, 7) for vector in queries]
    assert spaces.nearest_each("audio", queries, 7) == [[], [], []]


def test_filters_apply_inside_the_search(items: list[Item]) -> None:
    fill(spaces.open_space(KEY), items)
    tracks = Item.objects.filter(kind=Kind.TRACK)
    matches = spaces.nearest("text", point(1), 200, where=tracks)
    assert {item_id for item_id, _ in matches} == set(tracks.values_list("pk", flat=True))
    assert spaces.nearest("text", point(1), 5, where=Q(year=1)) == []


def test_a_persons_known_items_can_be_left_out(items: list[Item]) -> None:
    fill(spaces.open_space(KEY), items)
    ana = make_ana()
    unknown = Item.objects.exclude(pk__in=ana.interactions.values("item_id"))
    ids = {item_id for item_id, _ in spaces.nearest("text", point(1), 200, where=unknown)}
    assert len(ids) == len(items) - 6
    assert not ids & set(ana.interactions.values_list("item_id", flat=True))


def test_the_index_scan_continues_until_enough_items_match(items: list[Item]) -> None:
    """Forced through the index, which by itself would stop after its first eighty rows."""
    rare = items[:5]
    fillers = [Item(kind=Kind.VIDEO, title=f"Filler {number}", title_key=f"filler {number}") for number in range(1500)]
    Item.objects.bulk_create(fillers)
    fill(spaces.open_space(KEY), [*items, *fillers])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE recommender_embedding")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    matches = spaces.nearest("text", point(1), 5, where=Item.objects.filter(pk__in=[item.pk for item in rare]))
    assert {item_id for item_id, _ in matches} == {item.pk for item in rare}


def test_a_vector_of_another_space_is_refused(items: list[Item]) -> None:
    space = spaces.open_space(KEY)
    with pytest.raises(MediarecError, match="vectors of 8 numbers"):
        spaces.nearest("text", np.ones(5, dtype=np.float32), 3)
    with pytest.raises(MediarecError, match="one per item"):
        spaces.store_vectors(space, [items[0].pk], ["h"], np.ones((2, 8), dtype=np.float32))
    with pytest.raises(MediarecError, match="not finite"):
        spaces.store_vectors(space, [items[0].pk], ["h"], np.full((1, 8), np.nan, dtype=np.float32))


def test_vectors_of_two_spaces_never_mix(items: list[Item]) -> None:
    fill(spaces.open_space(KEY), items[:10])
    later = spaces.open_space(spaces.SpaceKey("text", "made-up", "2", 8))
    fill(later, items[10:20])
    assert {i for i, _ in spaces.nearest("text", point(1), 60)} == {item.pk for item in items[:10]}
    spaces.serve_space(later)
    assert {i for i, _ in spaces.nearest("text", point(1), 60)} == {item.pk for item in items[10:20]}


def test_removing_a_space_removes_its_vectors_and_its_index(items: list[Item]) -> None:
    space = spaces.open_space(KEY)
    fill(space, items)
    spaces.remove_space(space)
    assert not Embedding.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'embedding_hnsw_%%'")
        assert cursor.fetchone() == (0,)
