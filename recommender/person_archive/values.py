"""Value types of archive records, and their conversion on export and import."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

TEXT, MAYBE_TEXT, FLAG, LIST, OBJECT = (str,), (str, type(None)), (bool,), (list,), (dict,)
LONGEST_TEXT = 2000


def write_time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def cut(value: Any, most: int = LONGEST_TEXT) -> str:
    """The value as text without NUL characters, at most `most` characters long."""
    return str(value).replace("\x00", "")[:most]


def renumber(ids: Any, numbers: Mapping[int, int]) -> list[int]:
    """Maps archived item IDs to the IDs of this installation; unknown ones are left out."""
    return [numbers[old] for old in ids if isinstance(old, int) and old in numbers] if isinstance(ids, list) else []
