"""Candidates that share a contributor with what the person liked, or with the seeds."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import QuerySet

from mediarec.library.models import Credit, Role
from recommender.retrieval.context import RetrievalContext
from recommender.taste.profile import ROLE_WEIGHTS
from recommender.types import Candidate

NAME = "credits"
SEED_NAME = "seed_credits"
FOLLOWED_CONTRIBUTORS = 60
WIDE_FACTOR = 6  # over-fetch: one list for all mediums, which may hold known items


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    """Items of the contributors the person likes best, scored by affinity times the weight of the role."""
    followed = scope.profile.followed
    strongest = dict(sorted(followed.items(), key=lambda pair: (-pair[1], pair[0]))[:FOLLOWED_CONTRIBUTORS])
    if not strongest:
        return []
    credits = _within(Credit.objects.filter(contributor_id__in=strongest), scope)
    known = scope.profile.history.kinds
    scores: dict[int, float] = defaultdict(float)
    for item_id, contributor_id, role in credits.values_list("item_id", "contributor_id", "role"):
        if item_id not in known or scope.request.filters.include_seen:
            scores[item_id] = max(scores[item_id], strongest[contributor_id] * ROLE_WEIGHTS[role])
    top = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[: scope.limit * WIDE_FACTOR]
    return [Candidate(item_id, "", {NAME: score}) for item_id, score in top]


def find_like_seeds(scope: RetrievalContext) -> list[Candidate]:
    """Other items by the seeds' contributors, actors aside."""
    creator_credits = Credit.objects.filter(item_id__in=scope.request.seed_ids).exclude(role=Role.ACTOR)
    credits = _within(Credit.objects.filter(contributor_id__in=creator_credits.values("contributor_id")), scope)
    rows = credits.values_list("item_id", flat=True).distinct().order_by("item_id")[: scope.limit * WIDE_FACTOR]
    return [Candidate(item_id, "", {SEED_NAME: 1.0}) for item_id in rows]


def _within(credits: QuerySet[Credit], scope: RetrievalContext) -> QuerySet[Credit]:
    return credits if scope.items is None else credits.filter(item__in=scope.items)
