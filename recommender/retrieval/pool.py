"""Builds the candidate pool: calls every source once, applies the filters, reads the facts later stages need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from mediarec.library.models import Item, Role
from recommender.facets import is_unfiltered
from recommender.items.details import ItemCredit, load_credits, load_details
from recommender.items.media_types import KINDS_OF, MEDIUM_OF, Medium, list_mediums
from recommender.retrieval import (
    content,
    credits,
    exploration,
    labels,
    popularity,
    recently_added,
    sequence,
    stated_preferences,
)
from recommender.retrieval.candidate_merge import fuse_candidates, merge_candidates
from recommender.retrieval.context import RetrievalContext
from recommender.retrieval.filters import KNOWN_INTERACTIONS, REJECTING_INTERACTIONS, filter_items
from recommender.taste.person_vector import PersonVector
from recommender.taste.profile import Profile
from recommender.types import Candidate, RecommendRequest
from recommender.vectors.sql import any_of

Source = Callable[[RetrievalContext], list[Candidate]]
PERSONAL_SOURCES: tuple[Source, ...] = (
    sequence.find_candidates,
    content.find_candidates,
    credits.find_candidates,
    popularity.find_candidates,
    popularity.find_household_favourites,
    stated_preferences.find_candidates,
)
HOME_SOURCES: tuple[Source, ...] = (*PERSONAL_SOURCES, recently_added.find_candidates)
QUERY_SOURCES: tuple[Source, ...] = (labels.find_candidates, content.find_like_query, stated_preferences.find_labelled)
SEED_SOURCES: tuple[Source, ...] = (content.find_like_seeds, credits.find_like_seeds)
LEAD_ROLES = (Role.DIRECTOR, Role.CREATOR, Role.ARTIST, Role.CHANNEL)
LIBRARY_NAME = "library"  # no source proposed it: one of the few items that fit
MIN_SOURCE_LIMIT = 60  # candidates that one source may bring per medium, however short the list
POOL_SIZE = 500  # candidates that are ranked: ranking costs per candidate, and this holds the best of every source
POOL_PER_SLOT = 8  # for long lists, where this is more than POOL_SIZE
SEEN_INTERACTIONS = frozenset({*KNOWN_INTERACTIONS, *REJECTING_INTERACTIONS})
MIN_CANDIDATES = 800  # up to this many matching items all become candidates
MAX_BACKFILL = 200  # at most so many are added where few candidates are left
MIN_REMAINING = 24  # of one medium, after the filters: enough for two rows


@dataclass(frozen=True)
class PoolItem:
    """Facts of one candidate. `main_creators` are IDs of its directors, creators, artists or channels."""

    item_id: int
    kind: str
    title: str
    year: int | None
    parent_id: int | None
    popularity: float
    created_at: datetime
    labels: tuple[str, ...]
    main_creators: tuple[int, ...]
    runtime_seconds: int | None = None


@dataclass(frozen=True)
class Pool:
    """Candidates and their facts, both by item ID."""

    candidates: dict[int, Candidate]
    items: dict[int, PoolItem]


def build_pool(
    request: RecommendRequest,
    profile: Profile,
    person: PersonVector | None,
    sources: Sequence[Source],
    limit: int,
    extra: Sequence[Candidate] = (),
) -> Pool:
    """`limit` caps each source per medium; `extra` are candidates from elsewhere, which still have to fit."""
    allowed = filter_items(request.filters, request.person_id)
    scope = RetrievalContext(request, profile, list_mediums(request.filters.kinds), limit, None, person)
    if is_unfiltered(request.filters):
        pool = _gather(scope, sources, allowed, extra)
        pool = _backfill(pool, scope, allowed) if sources[0] in PERSONAL_SOURCES else pool
    else:
        pool = _exhaustive_pool(replace(scope, items=allowed), sources, allowed, extra)
    tagged = exploration.tag_novel(
        pool.candidates,
        {item_id: item.labels for item_id, item in pool.items.items()},
        {item_id: item.popularity for item_id, item in pool.items.items()},
        profile,
    )
    return Pool(tagged, pool.items)


def choose_sources(query: str, seed_ids: tuple[int, ...]) -> tuple[Source, ...]:
    """Sources for a query, for seeds, or, with neither, for the person's taste."""
    sources: tuple[Source, ...] = ()
    if query.strip():
        sources += QUERY_SOURCES
    if seed_ids:
        sources += SEED_SOURCES
    return sources or PERSONAL_SOURCES


def _gather(
    scope: RetrievalContext, sources: Sequence[Source], allowed: QuerySet[Item], extra: Sequence[Candidate] = ()
) -> Pool:
    room = max(POOL_SIZE, POOL_PER_SLOT * scope.request.limit)
    seen = _list_seen(scope)
    proposals = [[candidate for candidate in source(scope) if candidate.item_id not in seen] for source in sources]
    fused = fuse_candidates(proposals, room)
    return describe_candidates(merge_candidates([*fused.values(), *extra]), allowed)


def _list_seen(scope: RetrievalContext) -> set[int]:
    """Seen items by the history, dropped before the fusion; cases that need SQL are dropped after it."""
    if scope.request.filters.include_seen:
        return set()
    return {event.item_id for event in scope.profile.history.events if event.what in SEEN_INTERACTIONS}


def _exhaustive_pool(
    scope: RetrievalContext, sources: Sequence[Source], allowed: QuerySet[Item], extra: Sequence[Candidate]
) -> Pool:
    """Every item that fits, if they are few and no query or seed directs the search; else the sources' proposals."""
    fitting = list(allowed.order_by("-popularity", "pk").values_list("pk", flat=True)[: MIN_CANDIDATES + 1])
    directed = sources[0] not in PERSONAL_SOURCES
    if len(fitting) > MIN_CANDIDATES or directed:
        return _gather(scope, sources, allowed, extra)
    everything = [Candidate(item_id, "", {LIBRARY_NAME: 1.0}) for item_id in fitting]
    return describe_candidates(merge_candidates([*everything, *extra]), allowed)


def _backfill(pool: Pool, scope: RetrievalContext, allowed: QuerySet[Item]) -> Pool:
    """Adds unproposed items of mediums with few candidates: a small library, or a person who knows what is popular."""
    counts = Counter(MEDIUM_OF[item.kind] for item in pool.items.values())
    short = [medium for medium in scope.mediums if counts[medium] < max(MIN_REMAINING, scope.request.limit)]
    if not short:
        return pool
    missing = [item_id for item_id in _list_eligible(allowed, short) if item_id not in pool.items]
    added = describe_candidates(merge_candidates(Candidate(i, "", {LIBRARY_NAME: 1.0}) for i in missing), allowed)
    return Pool({**pool.candidates, **added.candidates}, {**pool.items, **added.items})


def _list_eligible(allowed: QuerySet[Item], mediums: Sequence[Medium]) -> list[int]:
    kinds = [kind for medium in mediums for kind in KINDS_OF[medium]]
    rows = allowed.filter(kind__in=kinds).order_by("-popularity", "pk")
    return list(rows.values_list("pk", flat=True)[:MAX_BACKFILL])


def describe_candidates(candidates: Mapping[int, Candidate], allowed: QuerySet[Item] | None = None) -> Pool:
    """Reads the candidates' facts; drops those outside `allowed` and those whose item was deleted meanwhile."""
    if not candidates:
        return Pool({}, {})
    items = Item.objects.all() if allowed is None else allowed
    rows = items.filter(any_of("pk", candidates)).values_list(
        "pk", "kind", "title", "year", "parent_id", "popularity", "created_at", "runtime_seconds"
    )
    row_of = {row[0]: row for row in rows}
    details, credits = load_details(list(row_of)), load_credits(list(row_of))
    described = {
        item_id: PoolItem(*row[:7], details[item_id].labels, _list_main_creators(credits.get(item_id, ())), row[7])
        for item_id, row in row_of.items()
        if item_id in details
    }
    remaining = {
        item_id: Candidate(item_id, described[item_id].kind, candidate.sources)
        for item_id, candidate in candidates.items()
        if item_id in described
    }
    return Pool(remaining, described)


def _list_main_creators(credits: Sequence[ItemCredit]) -> tuple[int, ...]:
    return tuple(credit.contributor_id for credit in credits if credit.role in LEAD_ROLES)
