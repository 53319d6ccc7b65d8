"""What every candidate source is handed: the wish, the person and the items allowed. Knows no source."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet

from mediarec.library.models import Item
from recommender.retrieval.filters import filter_items
from recommender.taste.mediums import KINDS_OF, Medium, list_mediums
from recommender.taste.person_vector import PersonVector
from recommender.taste.profile import Profile
from recommender.types import RecommendRequest


@dataclass(frozen=True)
class Scope:
    """`items` holds what the filters allow of this medium; `limit` is how many candidates one source may bring."""

    request: RecommendRequest
    profile: Profile
    medium: Medium
    items: QuerySet[Item] = field(hash=False)
    limit: int
    person_vector: PersonVector | None = None


def open_scopes(request: RecommendRequest, profile: Profile, person: PersonVector | None, limit: int) -> list[Scope]:
    """One scope per medium that the request allows."""
    allowed = filter_items(request.filters, request.person_id)
    return [
        Scope(request, profile, medium, allowed.filter(kind__in=KINDS_OF[medium]), limit, person)
        for medium in list_mediums(request.filters.kinds)
    ]
