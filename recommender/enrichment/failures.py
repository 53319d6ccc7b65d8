"""What could not be read, listed and tried again. Knows no reader."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from recommender.models import EnrichmentFailure


def find_failures() -> QuerySet[EnrichmentFailure]:
    return EnrichmentFailure.objects.select_related("item").order_by("-created_at", "pk")


def forget_failures(ids: Sequence[int] | None = None) -> int:
    """Each is tried once more at the next run; all of them, or only those named."""
    rows = EnrichmentFailure.objects.all() if ids is None else EnrichmentFailure.objects.filter(pk__in=ids)
    return rows.delete()[0]
