"""What a person's archive is made of: one table a part. Rooms above bring parts of their own by `add_part`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
Marks = list[int]  # numbers of the rows that were made, by which undo takes them back


@dataclass(frozen=True)
class Part:
    """`fields` names each value with the types it may have when it is read back. Items are named by the number that
    items.jsonl gives them; `list_items` says which of them the rows name."""

    name: str
    about: str
    fields: Mapping[str, tuple[type, ...]]
    read: Callable[[int], Iterator[dict[str, Any]]]
    list_items: Callable[[int], Iterable[int]]
    restore: Callable[[int, Iterable[Record], Mapping[int, int]], Marks] | None = None
    take_back: Callable[[int, Marks], None] | None = None

    def find_problem(self, record: Any) -> str:
        """Why a record that was read back is none of this part, or nothing."""
        if not isinstance(record, dict):
            return "expected an object"
        for name, types in self.fields.items():
            if not isinstance(record.get(name), types):
                return f"{name} is missing or not what belongs there"
        return ""


_added: dict[str, Part] = {}


def add_part(part: Part) -> None:
    """At the start of the process; the same name again replaces the part."""
    _added[part.name] = part


def list_parts() -> list[Part]:
    return list(_added.values())


def find_part(name: str) -> Part | None:
    return _added.get(name)
