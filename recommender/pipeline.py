"""The one place where the stages meet: retrieval, ranking, diversity, explanation. Read this file first.

A page, an endpoint, a chat turn and a playlist all end here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item
from recommender.explanation.explainer import open_explainer
from recommender.explanation.score_in_context import score_in_context
from recommender.home.rows import COLD_SPREAD, HomeRow, build_home
from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.ranking.diversity import DiversitySettings, media_shares, select_diverse
from recommender.ranking.moods import apply_moods, leave_out_opposites
from recommender.ranking.novelty import widen
from recommender.ranking.ranker import QueryVectors, RankedPool, rank_pool
from recommender.retrieval.content import read_query_vector, read_seed_vectors, read_seed_words
from recommender.retrieval.pool import MIN_SOURCE_LIMIT, Pool, build_pool, choose_sources
from recommender.retrieval.relaxation import explain_no_results
from recommender.search.pipeline import search
from recommender.search.types import SearchQuery
from recommender.taste import steering
from recommender.taste.person_vector import load_person_vector
from recommender.taste.profile import Profile, load_profile
from recommender.types import Candidate, Evidence, EvidenceType, Filters, Recommendation, RecommendRequest, Slate

__all__ = ["HomeRow", "SearchQuery", "build_home", "explain_item", "recommend", "search", "similar_items"]

DIRECTED_SPREAD = DiversitySettings(relevance=0.9)  # who asks for something wants that, and variety second
EVERYTHING = Filters()
SIMILAR_OWN_SHARE = 0.85  # of the items like a film, films


def recommend(request: RecommendRequest) -> Slate:
    """Answers any wish, whoever asks; standing rules are merged in first."""
    profile = load_profile(request.person_id)
    request = apply_moods(steering.apply_rules(request), profile.counts)
    return _answer(request, profile, None if request.query.strip() or request.seed_ids else profile.shares)


def similar_items(
    item_id: int, person_id: int, limit: int, filters: Filters = EVERYTHING
) -> tuple[Recommendation, ...]:
    """Items like one item, seen ones too: likeness is a fact about items. Raises NotFoundError."""
    kind = Item.objects.filter(pk=item_id).values_list("kind", flat=True).first()
    if kind is None:
        raise NotFoundError(f"There is no item number {item_id}.")
    filters = replace(filters, exclude_ids=(*filters.exclude_ids, item_id), include_seen=True)
    request = RecommendRequest(person_id, filters, seed_ids=(item_id,), limit=limit, surface="similar")
    own = MEDIUM_OF[kind]
    shares = {m: SIMILAR_OWN_SHARE if m == own else (1 - SIMILAR_OWN_SHARE) / 2 for m in Medium}
    return _answer(request, load_profile(person_id), shares).items


def explain_item(person_id: int, item_id: int) -> list[Evidence]:
    """Every true cause that speaks for an item, what most of its score hangs on first; also for one never recommended.

    Its score is counted beside what the person would be offered now.
    """
    request = steering.apply_rules(RecommendRequest(person_id, limit=1, surface="why"))
    profile = load_profile(person_id)
    weighed = score_in_context(request, profile, item_id)
    describer = open_explainer({item_id: weighed.pool.items[item_id]}, profile, weighed.ranked, request)
    (line,) = describer.describe([weighed.candidate])
    told = [cause for cause in line.evidence if cause.type != EvidenceType.UNTOLD]
    return _leave_out_echoes(sorted(told, key=lambda cause: -(cause.share or 0.0)))


def _leave_out_echoes(causes: Sequence[Evidence]) -> list[Evidence]:
    """Without a second work that shares the same words: it adds no reason to the first."""
    kept: list[Evidence] = []
    for cause in causes:
        same = (one for one in kept if one.share is not None and one.type == EvidenceType.TAG == cause.type)
        if not any(one.share == cause.share for one in same):
            kept.append(cause)
    return kept


def _answer(request: RecommendRequest, profile: Profile, shares: Mapping[Medium, float] | None) -> Slate:
    """Without `shares` each medium gets as much room as it holds of the best matches."""
    person = load_person_vector(profile.history)
    seed_words = read_seed_words(request.seed_ids)
    wanted = QueryVectors(read_query_vector(request.query), read_seed_vectors(request.seed_ids), seed_words)
    sources = choose_sources(request.query, request.seed_ids)
    pool = build_pool(request, profile, person, sources, max(MIN_SOURCE_LIMIT, request.limit))
    if not pool.candidates:
        return Slate(uuid4(), request, "nothing", (), explain_no_results(request.filters, request.person_id))
    ranked = rank_pool(pool, profile, request, person, wanted)
    picked = _pick(request, profile, pool, ranked, shares or media_shares(ranked.candidates, request.limit))
    shown = {candidate.item_id: pool.items[candidate.item_id] for candidate in picked}
    describer = open_explainer(shown, profile, ranked, request, wanted.query_vector)
    return Slate(uuid4(), request, ranked.ranker, describer.describe(picked))


def _pick(
    request: RecommendRequest, profile: Profile, pool: Pool, ranked: RankedPool, shares: Mapping[Medium, float]
) -> list[Candidate]:
    directed = bool(request.query.strip() or request.seed_ids)
    spread = (
        DIRECTED_SPREAD if directed else COLD_SPREAD if profile.is_cold else widen(DiversitySettings(), request.novelty)
    )
    fitting = leave_out_opposites(ranked.candidates, pool.items, request, profile.counts)
    return select_diverse(fitting, pool.items, ranked.vectors, request.limit, shares, spread)
