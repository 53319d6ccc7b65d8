"""From a request to a slate: candidates scored, a list picked, each line explained. Read this file first.

A page, an endpoint, a chat turn and a playlist all end here. `candidate_scoring` is what lists, home and reasons share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from mediarec.library.errors import NotFoundError
from mediarec.library.models import Item
from recommender.candidate_scoring import ScoredPool, ScoringContext, load_context, score_pool
from recommender.explanation.explainer import open_explainer
from recommender.explanation.score_in_context import score_in_context
from recommender.home.rows import COLD_SPREAD, HomeRow, build_home
from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.ranking.diversity import DiversitySettings, media_shares, select_diverse
from recommender.ranking.moods import leave_out_opposites
from recommender.ranking.novelty import widen
from recommender.retrieval.relaxation import explain_no_results
from recommender.search.pipeline import search
from recommender.search.types import SearchQuery
from recommender.types import Candidate, Evidence, EvidenceType, Filters, Recommendation, RecommendRequest, Slate

__all__ = ["HomeRow", "SearchQuery", "build_home", "explain_item", "recommend", "search", "similar_items"]

DIRECTED_SPREAD = DiversitySettings(relevance=0.9)  # who asks for something wants that, and variety second
EVERYTHING = Filters()
SIMILAR_OWN_SHARE = 0.85  # of the items like a film, films


def recommend(request: RecommendRequest) -> Slate:
    """Answers any wish, whoever asks; standing rules are merged in first."""
    context = load_context(request)
    return _answer(context, None if context.request.is_directed else context.profile.shares)


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
    return _answer(load_context(request, with_rules=False), shares).items


def explain_item(person_id: int, item_id: int) -> list[Evidence]:
    """Every true cause that speaks for an item, what most of its score hangs on first; also for one never recommended.

    Its score is counted beside what the person would be offered now.
    """
    weighed = score_in_context(load_context(RecommendRequest(person_id, limit=1, surface="why")), item_id)
    (line,) = open_explainer(weighed.scored, [item_id]).describe([weighed.candidate])
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


def _answer(context: ScoringContext, shares: Mapping[Medium, float] | None) -> Slate:
    scored, request = score_pool(context), context.request
    if not scored.pool.candidates:
        return Slate(uuid4(), request, "nothing", (), explain_no_results(request.filters, request.person_id))
    picked = pick_list(scored, shares)
    explainer = open_explainer(scored, [candidate.item_id for candidate in picked])
    return Slate(uuid4(), request, scored.ranked.ranker, explainer.describe(picked))


def pick_list(scored: ScoredPool, shares: Mapping[Medium, float] | None) -> list[Candidate]:
    """The list of a request, best first. Without `shares` each medium gets as much room as it holds of the best
    matches."""
    request, profile = scored.context.request, scored.context.profile
    candidates, items = scored.ranked.candidates, scored.pool.items
    spread = COLD_SPREAD if profile.is_cold else widen(DiversitySettings(), request.novelty)
    fitting = leave_out_opposites(candidates, items, request, profile.counts)
    return select_diverse(
        fitting,
        items,
        scored.ranked.vectors,
        request.limit,
        shares or media_shares(candidates, request.limit),
        DIRECTED_SPREAD if request.is_directed else spread,
    )
