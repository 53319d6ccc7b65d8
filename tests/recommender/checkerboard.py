"""A library of two groups that never mix, with made-up vectors in the database: no model is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from mediarec.library.models import Interaction, InteractionType, Item, Kind, Person
from recommender.models import Embedding, EmbeddingSpace, Modality

DIMS = 8
DAY = datetime(2025, 3, 1, tzinfo=UTC)


def make_space(modality: Modality = Modality.TEXT) -> EmbeddingSpace:
    return EmbeddingSpace.objects.create(
        modality=modality, encoder=f"made-up {modality}", version="1", dims=DIMS, is_text_aligned=True, is_serving=True
    )


def make_board(kinds: tuple[Kind, ...] = (Kind.FILM, Kind.TRACK), each: int = 20) -> dict[str, list[Item]]:
    """Black and white items of every kind; vectors point one way for black and another for white, with some noise."""
    space = make_space()
    noise = np.random.default_rng(7)
    board: dict[str, list[Item]] = {"black": [], "white": []}
    for kind in kinds:
        for number in range(each):
            colour = "black" if number % 2 else "white"
            title = f"{colour.capitalize()} {kind} {number}"
            item = Item.objects.create(
                kind=kind, title=title, title_key=title.lower(), year=1980 + number, genres=[colour], popularity=0.5
            )
            board[colour].append(item)
            store_vector(space, item, point(colour, noise))
    return board


def point(colour: str, noise: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    direction = np.zeros(DIMS, dtype=np.float32)
    direction[0 if colour == "black" else 1] = 1.0
    vector = direction + 0.1 * noise.standard_normal(DIMS).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def store_vector(space: EmbeddingSpace, item: Item, vector: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    Embedding.objects.create(space=space, item=item, content_hash=str(item.pk), vector=vector.tolist())


def make_person(name: str = "pat") -> Person:
    return Person.objects.create_user(name, password="a long password")


def act(person: Person, item: Item, what: InteractionType, *, day: int = 0, value: float | None = None) -> Interaction:
    return Interaction.objects.create(
        person=person, item=item, what=what, value=value, occurred_at=DAY + timedelta(days=day)
    )
