"""What passes between the parts of search: a wish, hits of one kind, and why each was found. Frozen; no tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from recommender.types import Filters


@dataclass(frozen=True)
class SearchQuery:
    """Words, a picture, or both."""

    person_id: int
    text: str = ""
    picture: Image.Image | None = None
    filters: Filters = field(default_factory=Filters)
    limit: int = 20


@dataclass(frozen=True)
class Hit:
    """One item found by one leg, best first in its leg. `place` is what matched, as a person reads it."""

    item_id: int
    field: str
    quote: str = ""
    is_certain: bool = True


@dataclass(frozen=True)
class ResultList:
    """One way of finding. Its own scores stay inside: scales of different legs cannot be compared, ranks can."""

    name: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class SearchResult:
    """One item of the answer: its fused score, 0..1, the hit that won and the legs that found it."""

    item_id: int
    score: float
    hit: Hit
    legs: tuple[str, ...]
