"""What every table's records are made of: the types of their values, and these as they go out and come back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

TEXT, MAYBE_TEXT, FLAG, LIST, OBJECT = (str,), (str, type(None)), (bool,), (list,), (dict,)
LONGEST_TEXT = 2000


def write_time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def cut(said: Any, most: int = LONGEST_TEXT) -> str:
    return str(said).replace("\x00", "")[:most]


def renumber(given: Any, numbers: Mapping[int, int]) -> list[int]:
    """The numbers that items have here; one that is not here is left out."""
    return [numbers[one] for one in given if isinstance(one, int) and one in numbers] if isinstance(given, list) else []
