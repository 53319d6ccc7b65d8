"""The order of enrichment: what a person is likely to see next comes first. Knows no model."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from mediarec.library.models import Interaction, InteractionType, Item, MediaFile
from recommender.models import Impression

SHOWN_WITHIN = timedelta(days=14)


def order_by_priority(items: QuerySet[Item]) -> QuerySet[Item]:
    """Saved items first, then recently shown ones, then owned ones, then the newest."""
    saved = Interaction.objects.filter(item_id=OuterRef("pk"), what=InteractionType.SAVED, withdrawn_at__isnull=True)
    shown = Impression.objects.filter(item_id=OuterRef("pk"), slate__created_at__gte=Now() - SHOWN_WITHIN)
    copies = MediaFile.objects.filter(item_id=OuterRef("pk"), is_missing=False)
    return items.annotate(is_saved=Exists(saved), is_shown=Exists(shown), is_owned_copy=Exists(copies)).order_by(
        "-is_saved", "-is_shown", "-is_owned_copy", "-created_at", "pk"
    )
