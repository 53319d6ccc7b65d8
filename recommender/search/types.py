"""Types passed between the stages of search: query, hits, result lists, fused results. Frozen; no tables."""

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
    """One item found by one retriever. `field` names what matched, for people to read; `quote` is the matched text."""

    item_id: int
    field: str
    quote: str = ""
    is_certain: bool = True


@dataclass(frozen=True)
class ResultList:
    """Hits of one retriever, best first. No scores: those of different retrievers are not comparable, ranks are."""

    name: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class SearchResult:
    """One fused item: its score (0..1), the winning hit and the names of the retrievers that found it."""

    item_id: int
    score: float
    hit: Hit
    legs: tuple[str, ...]
