"""Candidates many people know, and the honest answer for somebody with no history."""

from __future__ import annotations

from django.db.models import Count

from mediarec.library.models import Interaction, What
from recommender.retrieval.scope import Scope
from recommender.types import Candidate

NAME = "popular"
HOUSEHOLD_NAME = "household"
MIN_PEOPLE = 2  # what one person alone did stays theirs
PRAISE = (What.LIKED, What.FINISHED)


def find_candidates(scope: Scope) -> list[Candidate]:
    rows = scope.items.order_by("-popularity", "pk").values_list("pk", "popularity")[: scope.limit]
    return [Candidate(item_id, "", {NAME: popularity}) for item_id, popularity in rows]


def find_household_favourites(scope: Scope) -> list[Candidate]:
    """What at least two others finished or liked; neither who nor how many is ever passed on."""
    rows = (
        Interaction.objects.filter(what__in=PRAISE, withdrawn_at__isnull=True, item__in=scope.items)
        .exclude(person_id=scope.request.person_id)
        .values("item_id")
        .annotate(people=Count("person_id", distinct=True))
        .filter(people__gte=MIN_PEOPLE)
        .order_by("-people", "item_id")
        .values_list("item_id", "people")[: scope.limit]
    )
    return [Candidate(item_id, "", {HOUSEHOLD_NAME: float(people)}) for item_id, people in rows]
