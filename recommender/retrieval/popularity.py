"""Popularity candidates, of the catalogue and of the household: the fallback for a cold start."""

from __future__ import annotations

from django.db.models import Count

from mediarec.library.models import Interaction, InteractionType
from recommender.caching import TTLCache
from recommender.items.media_types import KINDS_OF
from recommender.retrieval.candidate_merge import round_robin
from recommender.retrieval.context import RetrievalContext
from recommender.types import Candidate

NAME = "popular"
HOUSEHOLD_NAME = "household"
UNKNOWN_NAME = "library"  # popularity is unknown, so the item is not called popular
WIDE_FACTOR = 2
MIN_PEOPLE = 2  # privacy: what a single person liked is not passed on
MAX_FAVOURITES = 300
REMEMBERED_SECONDS = 120.0
POSITIVE_SIGNALS = (InteractionType.LIKED, InteractionType.FINISHED)

_favourites: TTLCache[str, dict[int, frozenset[int]]] = TTLCache(1, REMEMBERED_SECONDS)


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    """The most popular items of each kind, by one UNION query whose parts are index scans."""
    kinds = [kind for medium in scope.mediums for kind in KINDS_OF[medium]]
    limit = scope.limit * (WIDE_FACTOR if scope.is_unfiltered else 1)
    parts = [
        scope.items_of().filter(kind=kind).order_by("-popularity", "pk").values_list("kind", "pk", "popularity")[:limit]
        for kind in kinds
    ]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    by_kind: dict[str, list[Candidate]] = {}
    for kind, pk, popularity in rows:
        name = NAME if popularity > 0 else UNKNOWN_NAME
        by_kind.setdefault(kind, []).append(Candidate(pk, kind, {name: popularity}))
    return round_robin([by_kind[kind] for kind in kinds if kind in by_kind])


def find_household_favourites(scope: RetrievalContext) -> list[Candidate]:
    """Items that at least two other people finished or liked. Who they are is never passed on."""
    counts = {item_id: len(people - {scope.request.person_id}) for item_id, people in _load_favourites().items()}
    shared = sorted((i for i, people in counts.items() if people >= MIN_PEOPLE), key=lambda i: (-counts[i], i))
    if not scope.is_unfiltered:
        shared = list(scope.items_of().filter(pk__in=shared).values_list("pk", flat=True))
    return [Candidate(item_id, "", {HOUSEHOLD_NAME: float(counts[item_id])}) for item_id in shared]


def _load_favourites() -> dict[int, frozenset[int]]:
    """People by item for household favourites, cached for two minutes: it reads every history."""
    return _favourites.get("favourites", _read_favourites)


def _read_favourites() -> dict[int, frozenset[int]]:
    positive_events = Interaction.objects.filter(what__in=POSITIVE_SIGNALS, withdrawn_at__isnull=True)
    popular = (
        positive_events.values("item_id")
        .annotate(people=Count("person_id", distinct=True))
        .filter(people__gte=MIN_PEOPLE)
        .order_by("-people", "item_id")
        .values_list("item_id", flat=True)[:MAX_FAVOURITES]
    )
    people: dict[int, set[int]] = {}
    for item_id, person_id in positive_events.filter(item_id__in=list(popular)).values_list("item_id", "person_id"):
        people.setdefault(item_id, set()).add(person_id)
    return {item_id: frozenset(person_ids) for item_id, person_ids in people.items()}
