"""The input of every candidate source: the request, the person and the allowed items. Knows no source."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet

from mediarec.library.models import Item
from recommender.items.media_types import KINDS_OF, Medium
from recommender.taste.person_vector import PersonVector
from recommender.taste.profile import Profile
from recommender.types import RecommendRequest


@dataclass(frozen=True)
class RetrievalContext:
    """`items` is what the filters allow, or None for an unfiltered request, which allows most of the library.

    Without filters a source over-fetches from an index and the pool drops what is not allowed, in one query for all
    sources: filtering in each source takes ten times as long with 20,000 items.
    """

    request: RecommendRequest
    profile: Profile
    mediums: tuple[Medium, ...]
    limit: int
    items: QuerySet[Item] | None = field(default=None, hash=False)
    person_vector: PersonVector | None = None

    @property
    def is_unfiltered(self) -> bool:
        return self.items is None

    def items_of(self, *mediums: Medium) -> QuerySet[Item]:
        """The allowed items of these mediums, or of all requested ones. Unfiltered: every item of the mediums."""
        items = Item.objects.all() if self.items is None else self.items
        kinds = [kind for medium in mediums or self.mediums for kind in KINDS_OF[medium]]
        return items.filter(kind__in=kinds)
