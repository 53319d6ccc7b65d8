"""Asks every source once, merges what they bring, and reads the facts the later stages need in one query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mediarec.library.models import Credit, Item, Role
from recommender.retrieval import content, credits, explore, fresh, popular, sequence, words
from recommender.retrieval.scope import Scope
from recommender.taste.words import item_words
from recommender.types import Candidate

Source = Callable[[Scope], list[Candidate]]
PERSONAL_SOURCES: tuple[Source, ...] = (
    sequence.find_candidates,
    content.find_candidates,
    credits.find_candidates,
    popular.find_candidates,
    popular.find_household_favourites,
)
HOME_SOURCES: tuple[Source, ...] = (*PERSONAL_SOURCES, fresh.find_candidates, explore.find_candidates)
QUERY_SOURCES: tuple[Source, ...] = (words.find_candidates, content.find_like_query)
SEED_SOURCES: tuple[Source, ...] = (content.find_like_seeds, credits.find_like_seeds)
LEAD_ROLES = (Role.DIRECTOR, Role.CREATOR, Role.ARTIST, Role.CHANNEL)


@dataclass(frozen=True)
class PoolItem:
    """Facts of one candidate's row. `leads` are its directors, creators, artists or channels."""

    item_id: int
    kind: str
    title: str
    year: int | None
    parent_id: int | None
    popularity: float
    created_at: datetime
    words: tuple[str, ...]
    leads: tuple[int, ...]


@dataclass(frozen=True)
class Pool:
    """Candidates by item, and the row behind each."""

    candidates: dict[int, Candidate]
    items: dict[int, PoolItem]

    def from_source(self, *names: str) -> list[Candidate]:
        return [c for c in self.candidates.values() if any(name in c.sources for name in names)]


def build_pool(scopes: Iterable[Scope], sources: Sequence[Source], extra: Sequence[Candidate] = ()) -> Pool:
    """`extra` are candidates found elsewhere, described in the same query."""
    found = [candidate for scope in scopes for source in sources for candidate in source(scope)] + list(extra)
    return describe_candidates(merge_candidates(found))


def choose_sources(query: str, seed_ids: tuple[int, ...]) -> tuple[Source, ...]:
    """Words or seeds say where to look; without either the person's taste does."""
    chosen: tuple[Source, ...] = ()
    if query.strip():
        chosen += QUERY_SOURCES
    if seed_ids:
        chosen += SEED_SOURCES
    return chosen or (*PERSONAL_SOURCES, explore.find_candidates)


def merge_candidates(found: Iterable[Candidate]) -> dict[int, Candidate]:
    """One candidate per item, with every source that named it."""
    merged: dict[int, Candidate] = {}
    for candidate in found:
        known = merged.get(candidate.item_id)
        sources = {**known.sources, **candidate.sources} if known else candidate.sources
        merged[candidate.item_id] = Candidate(candidate.item_id, candidate.kind, sources)
    return merged


def describe_candidates(candidates: dict[int, Candidate]) -> Pool:
    """Reads the rows; a candidate whose item vanished meanwhile is dropped."""
    leads = _read_leads(candidates)
    rows = Item.objects.filter(pk__in=candidates).values_list(
        "pk", "kind", "title", "year", "parent_id", "popularity", "created_at", "genres", "tags"
    )
    items = {
        row[0]: PoolItem(*row[:7], words=item_words(row[7], row[8]), leads=tuple(leads.get(row[0], ()))) for row in rows
    }
    described = {
        item_id: Candidate(item_id, items[item_id].kind, candidate.sources)
        for item_id, candidate in candidates.items()
        if item_id in items
    }
    return Pool(described, items)


def _read_leads(candidates: dict[int, Candidate]) -> dict[int, list[int]]:
    leads: dict[int, list[int]] = {}
    rows = Credit.objects.filter(item_id__in=candidates, role__in=LEAD_ROLES).order_by("position", "pk")
    for item_id, contributor_id in rows.values_list("item_id", "contributor_id"):
        leads.setdefault(item_id, []).append(contributor_id)
    return leads
