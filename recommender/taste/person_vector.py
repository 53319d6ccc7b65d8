"""Where the sequential model expects a person to go next, in its own item space. None where it cannot say."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.taste.history import History
from recommender.taste.vectors import Vector


@dataclass(frozen=True)
class PersonVector:
    """`ranker` is the name and version of the weights that computed it."""

    vector: Vector
    ranker: str


def load_person_vector(history: History) -> PersonVector | None:
    return None
