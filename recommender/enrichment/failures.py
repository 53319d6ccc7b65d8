"""What could not be read, listed and tried again. Knows no reader."""

from __future__ import annotations

import errno
from collections.abc import Sequence

from django.db.models import QuerySet

from recommender.models import EnrichmentFailure


def find_failures() -> QuerySet[EnrichmentFailure]:
    return EnrichmentFailure.objects.select_related("item").order_by("-created_at", "pk")


def forget_failures(ids: Sequence[int] | None = None) -> int:
    """Each is tried once more at the next run; all of them, or only those named."""
    rows = EnrichmentFailure.objects.all() if ids is None else EnrichmentFailure.objects.filter(pk__in=ids)
    return rows.delete()[0]


def explain_trouble(error: OSError) -> str:
    """What the system refused, as one item's reason. A full disk is the one trouble that a person ends elsewhere."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "There is no space left on the disk. Make room and try again."
    return f"{error.filename or 'It'} cannot be read: {error.strerror or error}."
