"""What passes between the stages: frozen, free of tables, pages and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

import numpy as np
from pydantic import PlainSerializer, TypeAdapter

from mediarec.library.ownership import Ownership

T = TypeVar("T")
Vector = np.ndarray[tuple[int], np.dtype[np.float32]]  # (dims,)


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def json_adapter(cls: type[T]) -> TypeAdapter[T]:
    """Writes and reads a dataclass field by field, so that a new field is stored without being listed anywhere."""
    if cls not in _adapters:
        _adapters[cls] = TypeAdapter(cls)
    return _adapters[cls]


@dataclass(frozen=True)
class Filters:
    """What may be in the answer. Every field is applied in SQL; an empty one allows everything.

    Words are compared in lower case against genres and tags. Runtimes are seconds.
    """

    kinds: tuple[str, ...] = ()
    any_words: tuple[str, ...] = ()  # at least one of these genres or tags
    all_words: tuple[str, ...] = ()
    none_words: tuple[str, ...] = ()
    less_words: tuple[str, ...] = ()  # these rank lower, and nothing is shut out
    more_words: tuple[str, ...] = ()  # these rank higher
    leans: tuple[
        str, ...
    ] = ()  # comparisons of `language.comparisons` ("gentler", "older"): rank, and shut nothing out
    like_ids: tuple[int, ...] = ()  # what is like these items ranks higher, and lower
    unlike_ids: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    no_people: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    no_languages: tuple[str, ...] = ()  # what is known to be in one of these is left out
    year_from: int | None = None
    year_to: int | None = None
    no_years: tuple[tuple[int, int], ...] = ()  # what is known to be from these stretches is left out
    runtime_from_seconds: int | None = None
    runtime_to_seconds: int | None = None
    ownership: Ownership = Ownership.ANY
    exclude_ids: tuple[int, ...] = ()
    include_seen: bool = False

    def to_json(self) -> dict[str, Any]:
        """Only what differs from "everything", for a row; `from_json` reads it back."""
        values = {f.name: (getattr(self, f.name), f.default) for f in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Unknown keys of an older version are dropped rather than fatal. Raises ValueError for a value of no use."""
        return json_adapter(cls).validate_python(dict(stored))


StoredFilters = Annotated[Filters, PlainSerializer(lambda filters: filters.to_json())]  # as part of a larger record


@dataclass(frozen=True)
class RecommendRequest:
    """One wish, whoever asks: a page, an endpoint, a chat turn and a playlist all build this.

    `query` is free text in the person's words; `seed_ids` are items to be like. `novelty` is 0 familiar .. 1 new.
    """

    person_id: int
    filters: StoredFilters = field(default_factory=Filters)
    query: str = ""
    seed_ids: tuple[int, ...] = ()
    novelty: float = 0.3
    limit: int = 20
    surface: str = "home"

    @property
    def is_directed(self) -> bool:
        """Whether words or seeds say what is wanted, so that they lead and taste comes second."""
        return bool(self.query.strip() or self.seed_ids)

    def to_json(self) -> dict[str, Any]:
        """Every field as a JSON column holds it; `from_json` reads it back."""
        stored: dict[str, Any] = json_adapter(type(self)).dump_python(self, mode="json")
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """What an older version did not store is as it is by default. Raises ValueError for a value of no use."""
        return json_adapter(cls).validate_python(dict(stored))


class EvidenceType(StrEnum):
    PERSON = "shared_person"
    TAG = "shared_tag"
    NEAREST = "nearest_finished"
    STATEMENT = "taste_statement"
    SEED = "like_seed"
    WORDS = "matches_words"
    SEQUENCE = "recent_pattern"
    POPULAR = "popular_here"
    NEW = "new_here"
    DIFFERENT = "new_territory"
    UNTOLD = "no_reason_yet"


@dataclass(frozen=True)
class Evidence:
    """One true cause of a recommendation: `item_id` is the item it was read from (None for a statement or words)."""

    type: EvidenceType
    text: str
    item_id: int | None = None
    weight: float = 0.0
    share: float | None = None  # of what speaks for the item, lost without this cause; None where it cannot be counted


@dataclass(frozen=True)
class Candidate:
    """An item on its way through the stages. `sources` maps a candidate source's name to its own score."""

    item_id: int
    kind: str
    sources: Mapping[str, float]
    score: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Recommendation:
    """One line of a slate, ready to show. `matched_on` says what a search found it by: "subtitles 00:41:12"."""

    item_id: int
    kind: str
    title: str
    year: int | None
    score: float
    sources: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    explanation: str
    owned: bool = False
    matched_on: str = ""


@dataclass(frozen=True)
class Slate:
    """An answer. `ranker` names what really ranked it, fallbacks included; `note` says what was relaxed or missing."""

    id: UUID
    request: RecommendRequest
    ranker: str
    items: tuple[Recommendation, ...]
    note: str = ""
