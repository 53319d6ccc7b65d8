"""The tables of a person's archive beyond items and events. Rooms above add their own by `add_table`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
RowIds = list[int]  # primary keys of the rows that were created, by which an undo removes them


@dataclass(frozen=True)
class ArchiveTable:
    """`fields` names each value with the types it may have when it is read back. Items are named by the number that
    items.jsonl gives them; `list_items` says which of them the rows name."""

    name: str
    about: str
    fields: Mapping[str, tuple[type, ...]]
    read: Callable[[int], Iterator[dict[str, Any]]]
    list_items: Callable[[int], Iterable[int]]
    restore: Callable[[int, Iterable[Record], Mapping[int, int]], RowIds] | None = None
    undo: Callable[[int, RowIds], None] | None = None

    def find_problem(self, record: Any) -> str | None:
        """Why a record that was read back does not fit this table; None where it does."""
        if not isinstance(record, dict):
            return "expected an object"
        for name, types in self.fields.items():
            if not isinstance(record.get(name), types):
                return f"{name} is missing or not what belongs there"
        return None


_tables: dict[str, ArchiveTable] = {}


def add_table(table: ArchiveTable) -> None:
    """At the start of the process; the same name again replaces the table."""
    _tables[table.name] = table


def list_tables() -> list[ArchiveTable]:
    return list(_tables.values())


def find_table(name: str) -> ArchiveTable | None:
    return _tables.get(name)
