"""Frame search: each item by its best frame, through its own index, with enough results under filters."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection, transaction
from numpy.typing import NDArray

from mediarec.library.models import Item, Kind
from recommender.models import EmbeddingSpace, MomentVector
from recommender.search import frame_search
from recommender.vectors import spaces
from tests.people import make_library

pytestmark = pytest.mark.django_db
KEY = spaces.SpaceKey("image", "made-up", "1", 4)
EAST = np.array([1, 0, 0, 0], dtype=np.float32)


def turn(degrees: float) -> NDArray[np.float32]:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0, 0], dtype=np.float32)


@pytest.fixture
def space() -> EmbeddingSpace:
    return spaces.open_space(KEY)


def keep(space: EmbeddingSpace, item: Item, *degrees: float) -> None:
    for second, angle in enumerate(degrees):
        MomentVector.objects.create(item=item, space=space, start_seconds=second, vector=turn(angle))


def read_index(space: EmbeddingSpace) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [f"moment_hnsw_{space.pk}"])
        row = cursor.fetchone()
    return row[0] if row else ""


def test_each_item_counts_by_its_best_moment(space: EmbeddingSpace) -> None:
    films = list(Item.objects.filter(pk__in=[i.pk for i in make_library().values()], kind=Kind.FILM).order_by("pk"))
    keep(space, films[0], 80, 40)
    keep(space, films[1], 60, 5, 50)
    moments = frame_search.find_nearest(space, EAST, 10, Item.objects.all())
    assert [(item_id, seconds) for item_id, _, seconds in moments] == [(films[1].pk, 1.0), (films[0].pk, 1.0)]
    assert moments[0][1] == pytest.approx(np.cos(np.radians(5)), abs=2e-3)


def test_a_filter_that_excludes_the_nearest_items_still_finds_matches(space: EmbeddingSpace) -> None:
    library = list(make_library().values())
    films = [item for item in library if item.kind == Kind.FILM]
    song = next(item for item in library if item.kind == Kind.TRACK)
    for angle, film in enumerate(films):
        keep(space, film, *(angle + step / 10 for step in range(frame_search.OVERSAMPLING)))
    keep(space, song, 85)
    moments = frame_search.find_nearest(space, EAST, 1, Item.objects.filter(kind=Kind.TRACK))
    assert [item_id for item_id, _, _ in moments] == [song.pk]


def test_every_image_space_has_an_index_including_those_of_earlier_versions(space: EmbeddingSpace) -> None:
    assert f"halfvec({space.dims})" in read_index(space)
    assert f"space_id = {space.pk}" in read_index(space)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX moment_hnsw_{space.pk}")
    spaces.open_space(KEY)
    assert read_index(space)
    spaces.remove_space(space)
    assert not read_index(space)


def test_the_query_plan_uses_the_index(space: EmbeddingSpace) -> None:
    item = next(iter(make_library().values()))
    keep(space, item, *range(0, 90, 3))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT item_id FROM recommender_momentvector WHERE space_id = %s "
            "ORDER BY vector::halfvec(4) <=> '[1,0,0,0]'::halfvec(4) LIMIT 5",
            [space.pk],
        )
        assert f"moment_hnsw_{space.pk}" in "\n".join(line for (line,) in cursor.fetchall())
