"""What could not be read, listed and tried again. Knows no reader."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

from django.db import Error as DatabaseError
from django.db.models import QuerySet

from mediarec.library.errors import MediarecError, UnavailableError
from recommender.enrichment.throughput import is_out_of_memory
from recommender.models import EnrichmentFailure

TOO_LARGE = "There is not enough memory to read this, even alone."
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")  # bytes of a file name that is no Unicode, as Python holds them


def find_failures() -> QuerySet[EnrichmentFailure]:
    return EnrichmentFailure.objects.select_related("item").order_by("-created_at", "pk")


def forget_failures(ids: Sequence[int] | None = None) -> int:
    """Each is tried once more at the next run; all of them, or only those named."""
    rows = EnrichmentFailure.objects.all() if ids is None else EnrichmentFailure.objects.filter(pk__in=ids)
    return rows.delete()[0]


def is_systemic(error: Exception) -> bool:
    """Trouble of a model or of the database, which the next item would meet as well."""
    if isinstance(error, UnavailableError | DatabaseError):
        return True
    return isinstance(error, RuntimeError) and not is_out_of_memory(error)


def explain(error: Exception) -> str:
    """Any error as one item's reason. Those that nobody foresaw keep their name, for whoever is asked about them."""
    if isinstance(error, MediarecError):
        return str(error)
    if is_out_of_memory(error):
        return TOO_LARGE
    if isinstance(error, OSError):
        return explain_trouble(error)
    return f"This could not be read: {type(error).__name__}: {error}."


def make_writable(reason: str) -> str:
    """Without what PostgreSQL refuses to hold."""
    return UNWRITABLE.sub("\ufffd", reason)


def explain_trouble(error: OSError) -> str:
    """What the system refused, as one item's reason. A full disk is the one trouble that a person ends elsewhere."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "There is no space left on the disk. Make room and try again."
    return f"{error.filename or 'It'} cannot be read: {error.strerror or error}."
