"""What a person does moves the very next page: no training and no embedding in between, however long the history."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediarec.library.models import Interaction, InteractionType, Item, Kind, Person
from recommender import pipeline
from recommender.backends import ranker_weights
from recommender.enrichment import item_embeddings
from recommender.models import Embedding, EmbeddingSpace, TrainedRanker
from recommender.taste.history import MAX_EVENTS, load_history
from recommender.taste.person_vector import load_person_vector
from recommender.types import Filters, RecommendRequest
from tests.people import GROUPS, START
from tests.web.conftest import sign_in

DIMS = 384
LONG = 20_000


@pytest.fixture
def space(library: dict[str, Item]) -> EmbeddingSpace:
    """Text vectors by group under the name that the shipped weights know, and those weights' own item vectors."""
    text = EmbeddingSpace.objects.create(
        modality="text", encoder="all-MiniLM-L6-v2", version="int8-onnx-1", dims=DIMS, is_serving=True
    )
    for item in library.values():
        store_text(text, item)
    ranker = ranker_weights.load_newest()
    assert ranker is not None and ranker.embed_items.__module__ == "recommender.sequence.serving"
    for _ in item_embeddings.embed_pending(ranker):
        pass
    return text


def store_text(text: EmbeddingSpace, item: Item) -> None:
    group = list(GROUPS).index(item.title.rsplit(" ", 1)[0])
    vector = 0.03 * np.random.default_rng(item.pk).standard_normal(DIMS) + np.eye(len(GROUPS), DIMS)[group]
    vector /= np.linalg.norm(vector)
    Embedding.objects.create(space=text, item=item, content_hash=str(item.pk), vector=vector.tolist())


def list_titles(person: Person) -> list[str]:
    slate = pipeline.recommend(RecommendRequest(person.pk, Filters(kinds=(Kind.FILM,)), limit=10))
    return [item.title for item in slate.items]


def read_vector(person: Person) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
    found = load_person_vector(load_history(person.pk))
    return None if found is None else found.vector


@pytest.mark.parametrize("events", [0, 1, 2])
def test_one_event_gives_another_vector_and_another_list(
    events: int, cy: Person, library: dict[str, Item], space: EmbeddingSpace
) -> None:
    for number in range(events):
        Interaction.objects.create(
            person=cy, item=library[f"Slow Film {number + 1}"], what=InteractionType.FINISHED, occurred_at=START
        )
    before, listed = read_vector(cy), list_titles(cy)
    assert (before is None) == (events == 0)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        sign_in(cy).post(reverse("item-act", args=[library["Fast Film 2"].pk]), {"what": "liked"})
    assert not any('INSERT INTO "recommender_embedding"' in query["sql"] for query in queries)
    after = read_vector(cy)
    assert after is not None
    assert before is None or not np.allclose(before, after, atol=1e-3)
    assert list_titles(cy) != listed
    assert not TrainedRanker.objects.exists()


def test_taking_it_back_gives_the_former_vector_again(
    ana: Person, ana_client: Client, library: dict[str, Item], space: EmbeddingSpace
) -> None:
    before = read_vector(ana)
    ana_client.post(reverse("item-act", args=[library["Fast Film 2"].pk]), {"what": "liked"})
    liked = Interaction.objects.get(person=ana, item=library["Fast Film 2"])
    ana_client.post(reverse("interaction-undo", args=[liked.pk]))
    after = read_vector(ana)
    assert before is not None and after is not None
    assert np.allclose(before, after, atol=1e-3)


def test_of_a_long_history_only_the_last_events_are_read(
    cy: Person, library: dict[str, Item], space: EmbeddingSpace
) -> None:
    items = [library[f"{group} {number}"] for group in ("Slow Film", "Loud Song") for number in range(1, 11)]
    Interaction.objects.bulk_create(
        Interaction(
            person=cy,
            item=items[place % 20],
            what=InteractionType.FINISHED,
            occurred_at=START + timedelta(minutes=place),
        )
        for place in range(LONG)
    )
    with CaptureQueriesContext(connection) as queries:
        history = load_history(cy.pk)
        before = load_person_vector(history)
    assert len(history.events) == MAX_EVENTS < LONG
    assert len(queries) < 12  # as many as for anybody
    sign_in(cy).post(reverse("item-act", args=[library["Fast Film 2"].pk]), {"what": "liked"})
    after = load_person_vector(load_history(cy.pk))
    assert before is not None and after is not None
    assert not np.allclose(before.vector, after.vector, atol=1e-3)


def test_a_new_item_is_recommended_as_soon_as_its_card_is_embedded(ana: Person, space: EmbeddingSpace) -> None:
    new = Item.objects.create(kind=Kind.FILM, title="Slow Film 99", title_key="slow film 99", genres=["drama"])
    ranker = ranker_weights.load_current()
    assert ranker is not None
    store_text(space, new)
    assert item_embeddings.embed_taste(ranker, [new.pk]) == 1
    assert new.title in list_titles(ana)
