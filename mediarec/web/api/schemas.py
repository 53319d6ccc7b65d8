"""What goes in and comes out of the API, in the words of the pipeline."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from mediarec.library.ownership import Ownership
from recommender.types import Evidence, Filters, Recommendation, RecommendRequest, Slate

KindName = Literal["film", "series", "episode", "track", "album", "video"]
WhatName = Literal["played", "finished", "abandoned", "skipped", "liked", "disliked", "rated", "saved", "hidden"]


class FiltersIn(Schema):
    kinds: list[KindName] = []
    any_words: list[str] = Field([], description="at least one of these genres or tags")
    none_words: list[str] = Field([], description="none of these genres or tags")
    people: list[str] = []
    languages: list[str] = []
    year_from: int | None = Field(None, ge=1870, le=2200)
    year_to: int | None = Field(None, ge=1870, le=2200)
    max_minutes: int | None = Field(None, ge=1)
    ownership: Ownership = Ownership.ANY
    include_seen: bool = False

    def to_filters(self) -> Filters:
        return Filters(
            kinds=tuple(self.kinds),
            any_words=tuple(word.lower() for word in self.any_words),
            none_words=tuple(word.lower() for word in self.none_words),
            people=tuple(self.people),
            languages=tuple(self.languages),
            year_from=self.year_from,
            year_to=self.year_to,
            runtime_to_seconds=self.max_minutes * 60 if self.max_minutes else None,
            ownership=self.ownership,
            include_seen=self.include_seen,
        )


class RecommendIn(FiltersIn):
    query: str = Field("", max_length=500)
    like: list[int] = Field([], description="ids of items that the results should resemble")
    novelty: float | None = Field(None, ge=0, le=1)
    limit: int = Field(20, ge=1, le=200)

    def to_request(self, person_id: int, novelty: float) -> RecommendRequest:
        return RecommendRequest(
            person_id=person_id,
            filters=self.to_filters(),
            query=self.query,
            seed_ids=tuple(self.like),
            novelty=novelty if self.novelty is None else self.novelty,
            limit=self.limit,
            surface="api",
        )


class EvidenceOut(Schema):
    type: str
    item_id: int | None
    text: str
    share: float | None = Field(None, description="share of the recommendation that depends on this cause alone")

    @staticmethod
    def build(evidence: Evidence) -> "EvidenceOut":
        return EvidenceOut(type=evidence.type.value, item_id=evidence.item_id, text=evidence.text, share=evidence.share)


class RecommendationOut(Schema):
    id: int
    kind: str
    title: str
    year: int | None
    score: float
    owned: bool
    sources: list[str]
    evidence: list[EvidenceOut]
    explanation: str

    @staticmethod
    def build(line: Recommendation) -> "RecommendationOut":
        return RecommendationOut(
            id=line.item_id,
            kind=line.kind,
            title=line.title,
            year=line.year,
            score=round(line.score, 6),
            owned=line.owned,
            sources=list(line.sources),
            evidence=[EvidenceOut.build(evidence) for evidence in line.evidence],
            explanation=line.explanation,
        )


class SlateOut(Schema):
    id: UUID
    ranker: str
    note: str
    items: list[RecommendationOut]

    @staticmethod
    def build(slate: Slate) -> "SlateOut":
        lines = [RecommendationOut.build(line) for line in slate.items]
        return SlateOut(id=slate.id, ranker=slate.ranker, note=slate.note, items=lines)


class CreditOut(Schema):
    name: str
    role: str


class ItemOut(Schema):
    id: int
    kind: str
    title: str
    original_title: str
    year: int | None
    genres: list[str]
    tags: list[str]
    language: str
    runtime_seconds: int | None
    synopsis: str
    credits: list[CreditOut]
    external_ids: dict[str, str]
    owned: bool


class InteractionIn(Schema):
    item_id: int
    what: WhatName
    value: float | None = Field(None, ge=0, le=1, description="a rating scaled to 0..1, only with 'rated'")
    progress: float | None = Field(None, ge=0, le=1)
    occurred_at: datetime | None = None


class InteractionOut(Schema):
    id: int
    item_id: int
    what: str
    value: float | None
    progress: float | None
    occurred_at: datetime
    origin: str


class PlaylistIn(FiltersIn):
    name: str = Field("", max_length=200)
    query: str = Field("", max_length=500)
    like: list[int] = []
    minutes: int | None = Field(None, ge=1, le=1440)
    limit: int = Field(25, ge=1, le=300)


class PlaylistOut(Schema):
    id: int
    name: str
    item_ids: list[int]
    note: str = ""


class ChatIn(Schema):
    text: str = Field(..., max_length=500)
    thread: UUID | None = None


class ChatOut(Schema):
    thread: UUID
    turn: int
    chips: list[dict[str, str]]
    answer: str
    answered_by: str
    items: list[RecommendationOut]
    playlist_item_ids: list[int]


class RuleOut(Schema):
    id: int
    text: str
    understood: str
    filters: dict[str, Any]
    is_active: bool
    created_at: datetime


class BatchOut(Schema):
    id: int
    source: str
    label: str
    state: str
    total: int
    done: int
    counts: dict[str, Any]
    error: str
    created_at: datetime
