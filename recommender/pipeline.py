"""The recommendation pipeline, from a request to a slate: scoring, selection, explanation. Read this file first.

Pages, endpoints, chat turns and playlists call this. Lists, home and explanations share `candidate_scoring`.
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
from recommender.ranking.novelty import increase_diversity
from recommender.retrieval.relaxation import explain_no_results
from recommender.search.pipeline import search
from recommender.search.types import SearchQuery
from recommender.types import Candidate, Evidence, EvidenceType, Filters, Recommendation, RecommendRequest, Slate

__all__ = ["HomeRow", "SearchQuery", "build_home", "explain_item", "recommend", "search", "similar_items"]

DIRECTED_SPREAD = DiversitySettings(relevance=0.9)  # for a query or seeds relevance comes before variety
EVERYTHING = Filters()
SIMILAR_OWN_SHARE = 0.85  # share of the seed's own medium


def recommend(request: RecommendRequest) -> Slate:
    """A slate for any request; the person's standing rules are merged in first."""
    context = load_context(request)
    return _answer(context, None if context.request.is_directed else context.profile.shares)


def similar_items(
    item_id: int, person_id: int, limit: int, filters: Filters = EVERYTHING
) -> tuple[Recommendation, ...]:
    """Items similar to one item, seen ones included, without standing rules. Raises NotFoundError."""
    kind = Item.objects.filter(pk=item_id).values_list("kind", flat=True).first()
    if kind is None:
        raise NotFoundError(f"There is no item number {item_id}.")
    filters = replace(filters, exclude_ids=(*filters.exclude_ids, item_id), include_seen=True)
    request = RecommendRequest(person_id, filters, seed_ids=(item_id,), limit=limit, surface="similar")
    medium = MEDIUM_OF[kind]
    shares = {m: SIMILAR_OWN_SHARE if m == medium else (1 - SIMILAR_OWN_SHARE) / 2 for m in Medium}
    return _answer(load_context(request, with_rules=False), shares).items


def explain_item(person_id: int, item_id: int) -> list[Evidence]:
    """All causes for an item, the largest share of the score first; also for one never recommended.

    It is scored together with what the person would be offered now.
    """
    scored = score_in_context(load_context(RecommendRequest(person_id, limit=1, surface="why")), item_id)
    (line,) = open_explainer(scored.scored, [item_id]).describe([scored.candidate])
    causes = [cause for cause in line.evidence if cause.type != EvidenceType.UNTOLD]
    return _drop_duplicate_causes(sorted(causes, key=lambda cause: -(cause.share or 0.0)))


def _drop_duplicate_causes(causes: Sequence[Evidence]) -> list[Evidence]:
    """Drops causes with the same share as an earlier label cause: another item with the same labels adds nothing."""
    distinct: list[Evidence] = []
    for cause in causes:
        label_causes = (
            other for other in distinct if other.share is not None and other.type == EvidenceType.TAG == cause.type
        )
        if not any(other.share == cause.share for other in label_causes):
            distinct.append(cause)
    return distinct


def _answer(context: ScoringContext, shares: Mapping[Medium, float] | None) -> Slate:
    scored, request = score_pool(context), context.request
    if not scored.pool.candidates:
        return Slate(uuid4(), request, "nothing", (), explain_no_results(request.filters, request.person_id))
    picked = pick_list(scored, shares)
    explainer = open_explainer(scored, [candidate.item_id for candidate in picked])
    return Slate(uuid4(), request, scored.ranked.ranker, explainer.describe(picked))


def pick_list(scored: ScoredPool, shares: Mapping[Medium, float] | None) -> list[Candidate]:
    """The list of a request, best first. Without `shares` each medium gets its share of the best
    matches."""
    request, profile = scored.context.request, scored.context.profile
    candidates, items = scored.ranked.candidates, scored.pool.items
    spread = COLD_SPREAD if profile.is_cold else increase_diversity(DiversitySettings(), request.novelty)
    fitting = leave_out_opposites(candidates, items, request, profile.counts)
    return select_diverse(
        fitting,
        items,
        scored.ranked.vectors,
        request.limit,
        shares or media_shares(candidates, request.limit),
        DIRECTED_SPREAD if request.is_directed else spread,
    )
