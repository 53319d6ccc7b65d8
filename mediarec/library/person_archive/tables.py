"""The tables of a person's archive beyond items and events. Rooms above add their own by `add_table`.

A table is a model and a frozen dataclass: its fields are the columns, and their types decide which records that are
read back fit. What differs from table to table is how one row becomes a record and one record a row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.db.models import Model
from pydantic import TypeAdapter, ValidationError

from mediarec.library.person_archive.item_records import read_time

Row = TypeVar("Row", bound=Model)
RowIds = list[int]  # primary keys of the rows that were created, by which an undo removes them


class ArchiveRecord(ABC, Generic[Row]):
    """One row as the archive holds it. Items are named by the number that items.jsonl gives them."""

    dated: ClassVar[str] = ""  # the field with the time that the row is given when it is restored
    joined: ClassVar[tuple[str, ...]] = ()  # what `read` needs of other tables

    @classmethod
    @abstractmethod
    def read(cls, row: Row) -> Self: ...

    @abstractmethod
    def list_items(self) -> Iterable[int]:
        """The items that the record names."""

    @abstractmethod
    def restore(self, person_id: int, numbers: Mapping[int, int]) -> Row | None:
        """The row that was created; None where it exists already or cannot be. `numbers` leads from an item's number
        in the archive to its primary key here."""


@dataclass(frozen=True)
class ArchiveTable:
    name: str
    about: str
    model: type[Model]
    record: type[ArchiveRecord[Any]]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f.name for f in fields(self.record))  # type: ignore[arg-type]

    @cached_property
    def _adapter(self) -> TypeAdapter[ArchiveRecord[Any]]:
        return TypeAdapter(self.record)

    def find_problem(self, stored: Any) -> str | None:
        """Why a record that was read back does not fit this table; None where it does."""
        if not isinstance(stored, dict):
            return "expected an object"
        try:
            self._adapter.validate_python(stored)
        except ValidationError as error:
            return f"{error.errors()[0]['loc'][0]} is missing or not what belongs there"
        return None

    def read(self, person_id: int) -> Iterator[dict[str, Any]]:
        yield from map(asdict, self._read_records(person_id))  # type: ignore[arg-type]

    def list_items(self, person_id: int) -> Iterator[int]:
        for record in self._read_records(person_id):
            yield from record.list_items()

    def restore(self, person_id: int, stored: Iterable[Mapping[str, Any]], numbers: Mapping[int, int]) -> RowIds:
        """What exists already is not created twice."""
        created: RowIds = []
        for record in map(self._adapter.validate_python, stored):
            row = record.restore(person_id, numbers)
            if row is not None:
                self._date(row, record)
                created.append(row.pk)
        return created

    def undo(self, person_id: int, row_ids: RowIds) -> None:
        """Removes those of the given rows that are this person's."""
        self.model._default_manager.filter(person_id=person_id, pk__in=row_ids).delete()

    def _read_records(self, person_id: int) -> Iterator[ArchiveRecord[Any]]:
        rows = self.model._default_manager.filter(person_id=person_id).order_by("pk")
        if self.record.joined:
            rows = rows.select_related(*self.record.joined)
        return map(self.record.read, rows.iterator())

    def _date(self, row: Model, record: ArchiveRecord[Any]) -> None:
        """Sets the time given by the archive; leaves the row alone where that is not a time."""
        field = self.record.dated
        at = read_time(getattr(record, field)) if field else None
        if at is not None:
            self.model._default_manager.filter(pk=row.pk).update(**{field: at})


_tables: dict[str, ArchiveTable] = {}


def add_table(table: ArchiveTable) -> None:
    """At the start of the process; the same name again replaces the table."""
    _tables[table.name] = table


def list_tables() -> list[ArchiveTable]:
    return list(_tables.values())


def find_table(name: str) -> ArchiveTable | None:
    return _tables.get(name)
