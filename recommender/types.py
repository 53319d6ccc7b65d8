"""The values passed between stages: frozen, without tables, pages or tensors."""

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
    """A cached pydantic adapter that serialises every field of a dataclass, new ones included."""
    if cls not in _adapters:
        _adapters[cls] = TypeAdapter(cls)
    return _adapters[cls]


@dataclass(frozen=True)
class Filters:
    """What may be recommended, and what ranks higher or lower. An empty field allows everything.

    Words are compared in lower case against genres and tags. Runtimes are seconds.
    """

    kinds: tuple[str, ...] = ()
    any_words: tuple[str, ...] = ()  # at least one of these genres or tags
    all_words: tuple[str, ...] = ()
    none_words: tuple[str, ...] = ()
    less_words: tuple[str, ...] = ()  # items with these rank lower; nothing is excluded
    more_words: tuple[str, ...] = ()  # items with these rank higher
    leans: tuple[str, ...] = ()  # comparisons of `language.comparisons` ("gentler", "older"): only rank
    like_ids: tuple[int, ...] = ()  # similar items rank higher
    unlike_ids: tuple[int, ...] = ()  # similar items rank lower
    people: tuple[str, ...] = ()
    no_people: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    no_languages: tuple[str, ...] = ()  # items known to be in one of these are excluded
    year_from: int | None = None
    year_to: int | None = None
    no_years: tuple[tuple[int, int], ...] = ()  # items known to be from these ranges are excluded
    runtime_from_seconds: int | None = None
    runtime_to_seconds: int | None = None
    ownership: Ownership = Ownership.ANY
    exclude_ids: tuple[int, ...] = ()
    include_seen: bool = False

    def to_json(self) -> dict[str, Any]:
        """The fields that differ from their defaults, for a JSON column; `from_json` reads them back."""
        values = {f.name: (getattr(self, f.name), f.default) for f in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Ignores unknown keys, which an older version may have stored. Raises ValueError for an invalid value."""
        return json_adapter(cls).validate_python(dict(stored))


StoredFilters = Annotated[Filters, PlainSerializer(lambda filters: filters.to_json())]  # as part of a larger record


@dataclass(frozen=True)
class RecommendRequest:
    """The request that pages, endpoints, chat turns and playlists all build.

    `query` is free text; `seed_ids` are items to be similar to; `novelty` runs from 0 (familiar) to 1 (new).
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
        """Whether there is a query or a seed, which then lead the ranking before taste."""
        return bool(self.query.strip() or self.seed_ids)

    def to_json(self) -> dict[str, Any]:
        """Every field as a JSON column holds it; `from_json` reads it back."""
        stored: dict[str, Any] = json_adapter(type(self)).dump_python(self, mode="json")
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Missing fields, which an older version did not store, get their defaults. Raises ValueError if invalid."""
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
    """One true cause of a recommendation: `item_id` is the source item (None for a statement or query words)."""

    type: EvidenceType
    text: str
    item_id: int | None = None
    weight: float = 0.0
    share: float | None = None  # leave-one-out attribution, 0..1; None if unknown


@dataclass(frozen=True)
class Candidate:
    """An item as it passes through the stages. `sources` maps a candidate source's name to its own score."""

    item_id: int
    kind: str
    sources: Mapping[str, float]
    score: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Recommendation:
    """One item of a slate, ready to show. `matched_on` names what a search matched: "subtitles 00:41:12"."""

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
    """The list shown. `ranker` names what really ranked it, fallbacks included; `note` what was relaxed or missing."""

    id: UUID
    request: RecommendRequest
    ranker: str
    items: tuple[Recommendation, ...]
    note: str = ""
