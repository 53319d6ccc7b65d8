"""Fixtures of benchmarks that run the pipeline: a temporary database, vectors, and single-person households."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
from django.core.cache import cache
from django.db import connection
from numpy.typing import NDArray

from mediarec.library.models import Interaction, InteractionType, Person
from recommender.backends import registry
from recommender.models import Modality
from recommender.sequence.serving import SequenceRanker
from recommender.training.movielens import TrainingData
from recommender.vectors import spaces

START = datetime(2000, 1, 1, tzinfo=UTC)


@contextmanager
def own_database() -> Iterator[None]:
    """A temporary empty database, dropped afterwards."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    cache.clear()  # cached label statistics of one library are wrong for another
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
        cache.clear()


def store_vectors(films: TrainingData, ranker: SequenceRanker, ids: Sequence[int]) -> None:
    """Stores text and taste vectors as if the encoders had produced them; `ids` in the order of the films."""
    encoder = registry.create_encoder(Modality.TEXT)
    if encoder is not None:
        key = spaces.SpaceKey(Modality.TEXT, encoder.name, encoder.version, encoder.dims)
        _store(key, ids, films.vectors["text"])
    taste = ranker.embed_items(films.vectors, films.present)
    _store(spaces.SpaceKey(Modality.TASTE, ranker.name, ranker.version, ranker.dims), ids, taste)


def _store(key: spaces.SpaceKey, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
    spaces.store_vectors(spaces.open_space(key), ids, [str(pk) for pk in ids], vectors)


@contextmanager
def live_alone(name: str, item_ids: Sequence[int]) -> Iterator[Person]:
    """A person who finished these items, one a day. Alone, so that no household favourites interfere."""
    person = Person.objects.create_user(name, password=None)
    Interaction.objects.bulk_create(
        Interaction(person=person, item_id=pk, what=InteractionType.FINISHED, occurred_at=START + timedelta(days=day))
        for day, pk in enumerate(item_ids)
    )
    try:
        yield person
    finally:
        person.delete()
