"""Stores what was shown, so that evaluation can replay it. Two statements per page, whatever its length."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from recommender.models import Impression, SlateRecord
from recommender.types import RecommendRequest, Slate

OWN_COLUMNS = ("person_id", "surface")  # of a request, the rest of which is one column of JSON


def record_shown(slate: Slate) -> None:
    record_page([slate])


def record_page(slates: Iterable[Slate]) -> None:
    """Stores the slates of one page in one transaction; a slate that was recorded before is left unchanged."""
    slates = [slate for slate in slates if slate.items]
    records = [
        SlateRecord(
            id=slate.id,
            person_id=slate.request.person_id,
            surface=slate.request.surface,
            request=_describe_request(slate.request),
            ranker=slate.ranker[:80],
        )
        for slate in slates
    ]
    impressions = [
        Impression(
            slate_id=slate.id, item_id=item.item_id, position=position, score=item.score, sources=list(item.sources)
        )
        for slate in slates
        for position, item in enumerate(slate.items)
    ]
    with transaction.atomic():
        _commit_asynchronously()
        SlateRecord.objects.bulk_create(records, ignore_conflicts=True)
        Impression.objects.bulk_create(impressions, ignore_conflicts=True)


def delete_before(limit: datetime) -> int:
    """Deletes slates and impressions shown before `limit`; returns the number of slates."""
    with transaction.atomic():
        old = SlateRecord.objects.filter(created_at__lt=limit)
        Impression.objects.filter(slate__in=old)._raw_delete(using=connection.alias)
        return old._raw_delete(using=connection.alias)


def _commit_asynchronously() -> None:
    """Impressions may be lost in a power cut; the page need not wait for the disk flush."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def _describe_request(request: RecommendRequest) -> dict[str, Any]:
    return {name: value for name, value in request.to_json().items() if name not in OWN_COLUMNS}


def read_request(record: SlateRecord) -> RecommendRequest:
    """The request that a recorded slate answered, to be asked again."""
    return RecommendRequest.from_json({**record.request, **{name: getattr(record, name) for name in OWN_COLUMNS}})
