"""Hides the last thing a person took to and asks the pipeline for it, beside plain popularity. Changes no row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Interaction, Item
from recommender import pipeline
from recommender.evaluation.metrics import STANDARD
from recommender.retrieval.filters import filter_items
from recommender.taste.history import load_history
from recommender.types import Filters, RecommendRequest

MIN_LIKED = 2  # something must be left to learn from


@dataclass(frozen=True)
class Replay:
    """One person's figures: what ranked, the item that was hidden, and each measure for it and for popularity."""

    ranker: str
    hidden_id: int
    measured: dict[str, float]
    popularity: dict[str, float]


def leave_last_out(person_id: int, limit: int = 50) -> Replay:
    """Raises NotUnderstoodError for a person with too little history.

    The events of the hidden item are withdrawn inside a transaction that is always rolled back.
    """
    history = load_history(person_id)
    if len(history.positive_ids) < MIN_LIKED:
        raise NotUnderstoodError("There is too little history to hide a part of it: two liked items are needed.")
    hidden_id = history.positive_ids[0]
    with transaction.atomic():
        Interaction.objects.filter(person_id=person_id, item_id=hidden_id).update(withdrawn_at=timezone.now())
        filters = Filters(kinds=(history.kinds[hidden_id],))
        slate = pipeline.recommend(RecommendRequest(person_id, filters, limit=limit, novelty=0.0, surface="evaluation"))
        popular = list_popular(filter_items(filters, person_id), limit)
        transaction.set_rollback(True)
    ranked = [item.item_id for item in slate.items]
    return Replay(slate.ranker, hidden_id, measure(ranked, hidden_id), measure(popular, hidden_id))


def list_popular(items: QuerySet[Item], limit: int) -> list[int]:
    rows = items.order_by("-popularity", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def measure(ranked: Sequence[int], wanted: int) -> dict[str, float]:
    return {name: compute(ranked, wanted) for name, compute in STANDARD.items()}
