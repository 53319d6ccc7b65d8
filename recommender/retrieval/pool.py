"""Asks every source once, drops what the filters do not allow, and reads the facts the later stages need."""

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
from recommender.retrieval.filters import KNOWN, REJECTED, filter_items
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
LIBRARY_NAME = "library"  # not found by any source: simply among the few that fit
MIN_SOURCE_LIMIT = 60  # candidates that one source may bring per medium, however short the list
POOL_SIZE = 500  # candidates that are ranked: each costs, and the best of every source are among them
POOL_PER_SLOT = 8  # for a list so long that this is more
SEEN = frozenset({*KNOWN, *REJECTED})
MIN_CANDIDATES = 800  # when no more than this fit, all of them are candidates
BACKFILL = 200  # at most so many join where few are left
MIN_REMAINING = 24  # of one medium, after the filters: two rows' worth


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
    labels: tuple[str, ...]
    main_creators: tuple[int, ...]
    runtime_seconds: int | None = None


@dataclass(frozen=True)
class Pool:
    """Candidates by item, and the row behind each."""

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
    """`limit` is what one source may bring per medium; `extra` are candidates found elsewhere."""
    allowed = filter_items(request.filters, request.person_id)
    scope = RetrievalContext(request, profile, list_mediums(request.filters.kinds), limit, None, person)
    if is_unfiltered(request.filters):
        pool = _gather(scope, sources, allowed, extra)
        pool = _backfill(pool, scope, allowed) if sources[0] in PERSONAL_SOURCES else pool
    else:
        pool = _exhaustive_pool(replace(scope, items=allowed), sources, allowed, extra)
    marked = exploration.tag_novel(
        pool.candidates,
        {item_id: item.labels for item_id, item in pool.items.items()},
        {item_id: item.popularity for item_id, item in pool.items.items()},
        profile,
    )
    return Pool(marked, pool.items)


def choose_sources(query: str, seed_ids: tuple[int, ...]) -> tuple[Source, ...]:
    """Words or seeds say where to look; without either the person's taste does."""
    chosen: tuple[Source, ...] = ()
    if query.strip():
        chosen += QUERY_SOURCES
    if seed_ids:
        chosen += SEED_SOURCES
    return chosen or PERSONAL_SOURCES


def _gather(
    scope: RetrievalContext, sources: Sequence[Source], allowed: QuerySet[Item], extra: Sequence[Candidate] = ()
) -> Pool:
    room = max(POOL_SIZE, POOL_PER_SLOT * scope.request.limit)
    met = _list_seen(scope)
    found = [[candidate for candidate in source(scope) if candidate.item_id not in met] for source in sources]
    fused = fuse_candidates(found, room)
    return describe_candidates(merge_candidates([*fused.values(), *extra]), allowed)


def _list_seen(scope: RetrievalContext) -> set[int]:
    """Left out before the best are chosen; what only the database can tell is dropped after."""
    if scope.request.filters.include_seen:
        return set()
    return {event.item_id for event in scope.profile.history.events if event.what in SEEN}


def _exhaustive_pool(
    scope: RetrievalContext, sources: Sequence[Source], allowed: QuerySet[Item], extra: Sequence[Candidate]
) -> Pool:
    """Few enough: everything that fits is looked at, and the sources only add what they know of it."""
    fitting = list(allowed.order_by("-popularity", "pk").values_list("pk", flat=True)[: MIN_CANDIDATES + 1])
    directed = sources[0] not in PERSONAL_SOURCES
    if len(fitting) > MIN_CANDIDATES or directed:
        return _gather(scope, sources, allowed, extra)
    everything = [Candidate(item_id, "", {LIBRARY_NAME: 1.0}) for item_id in fitting]
    return describe_candidates(merge_candidates([*everything, *extra]), allowed)


def _backfill(pool: Pool, scope: RetrievalContext, allowed: QuerySet[Item]) -> Pool:
    """A person who knows nearly everything popular, or a small library: the rest of that medium joins."""
    left = Counter(MEDIUM_OF[item.kind] for item in pool.items.values())
    short = [medium for medium in scope.mediums if left[medium] < max(MIN_REMAINING, scope.request.limit)]
    if not short:
        return pool
    more = [item_id for item_id in _list_eligible(allowed, short) if item_id not in pool.items]
    added = describe_candidates(merge_candidates(Candidate(i, "", {LIBRARY_NAME: 1.0}) for i in more), allowed)
    return Pool({**pool.candidates, **added.candidates}, {**pool.items, **added.items})


def _list_eligible(allowed: QuerySet[Item], mediums: Sequence[Medium]) -> list[int]:
    kinds = [kind for medium in mediums for kind in KINDS_OF[medium]]
    rows = allowed.filter(kind__in=kinds).order_by("-popularity", "pk")
    return list(rows.values_list("pk", flat=True)[:BACKFILL])


def describe_candidates(candidates: Mapping[int, Candidate], allowed: QuerySet[Item] | None = None) -> Pool:
    """Reads the rows; a candidate that `allowed` does not hold, or whose item vanished meanwhile, is dropped."""
    if not candidates:
        return Pool({}, {})
    items = Item.objects.all() if allowed is None else allowed
    rows = items.filter(any_of("pk", candidates)).values_list(
        "pk", "kind", "title", "year", "parent_id", "popularity", "created_at", "runtime_seconds"
    )
    found = {row[0]: row for row in rows}
    details, credits = load_details(list(found)), load_credits(list(found))
    described = {
        item_id: PoolItem(*row[:7], details[item_id].labels, _list_main_creators(credits.get(item_id, ())), row[7])
        for item_id, row in found.items()
        if item_id in details
    }
    kept = {
        item_id: Candidate(item_id, described[item_id].kind, candidate.sources)
        for item_id, candidate in candidates.items()
        if item_id in described
    }
    return Pool(kept, described)


def _list_main_creators(credits: Sequence[ItemCredit]) -> tuple[int, ...]:
    return tuple(credit.contributor_id for credit in credits if credit.role in LEAD_ROLES)
