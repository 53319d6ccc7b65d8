"""What a facet is: some fields of `Filters` and everything that is done with them. Knows no facet by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from typing import Any, Protocol

from django.db.models import QuerySet

from mediarec.library.models import Item
from recommender.facets.merging import Carry, Merge, carry_later
from recommender.types import Filters

Restrict = Callable[[QuerySet[Item], Filters], QuerySet[Item]]
Values = tuple[Any, ...]


class Section(IntEnum):
    """Where the terms of a facet stand among everything that a sentence was understood to say."""

    KIND = 1
    CONTENT = 2
    DETAIL = 3


@dataclass(frozen=True)
class Term:
    """One thing asked for, in words; `key` names it so that it can be taken away again: "not:horror"."""

    key: str
    label: str


class Terms(Protocol):
    """How fields are put into words, and how one of these terms is taken away."""

    @property
    def key(self) -> str: ...

    def list_terms(self, filters: Filters) -> list[Term]: ...

    def remove(self, filters: Filters, value: str) -> Filters: ...


def list_alone(values: Values) -> list[Values]:
    return [(value,) for value in values]


@dataclass(frozen=True)
class ValueTerms:
    """A term for each value of a field, or for each group of values that one thing said stands for."""

    key: str
    field: str
    label: Callable[[Values], str]
    group: Callable[[Values], Sequence[Values]] = list_alone
    write: Callable[[Any], str] = str

    def list_terms(self, filters: Filters) -> list[Term]:
        groups = self.group(getattr(filters, self.field))
        return [Term(f"{self.key}:{'|'.join(map(self.write, group))}", self.label(group)) for group in groups]

    def remove(self, filters: Filters, value: str) -> Filters:
        taken = value.split("|")
        kept = tuple(own for own in getattr(filters, self.field) if self.write(own) not in taken)
        return change(filters, {self.field: kept})


@dataclass(frozen=True)
class WholeTerm:
    """One term for all that some fields say; an empty label is no term."""

    key: str
    fields: tuple[str, ...]
    label: Callable[[Filters], str]

    def list_terms(self, filters: Filters) -> list[Term]:
        label = self.label(filters)
        return [Term(self.key, label)] if label else []

    def remove(self, filters: Filters, value: str) -> Filters:
        return clear(filters, self.fields)


@dataclass(frozen=True)
class Relaxation:
    """What is given up where nothing fits, the lowest `order` first. "{}" in the label stands for the values; `to` is
    what the fields become, where that is not their default."""

    order: int
    label: str
    to: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Facet:
    """`merge` says, for each field, how a standing rule is merged into a request.

    A rule never refuses what the fields `yields_to` of the request ask for. `carry` is how a sentence takes over from
    the one before. `restrict` is the SQL, None for what only ranks; with `narrows` it picks a part out of the library
    rather than making exceptions.
    """

    merge: Mapping[str, Merge]
    yields_to: tuple[str, ...] = ()
    carry: Carry = carry_later
    terms: tuple[Terms, ...] = ()
    section: Section = Section.DETAIL
    restrict: Restrict | None = None
    narrows: bool = False
    relaxation: Relaxation | None = None
    holds_item_ids: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.merge)

    def is_asked(self, filters: Filters) -> bool:
        """Whether any field differs from what allows everything."""
        return any(getattr(filters, f.name) != f.default for f in fields(filters) if f.name in self.merge)

    def relax(self, filters: Filters) -> tuple[str, Filters] | None:
        """What would be given up, in words, and what is left without it; None where nothing would."""
        if self.relaxation is None:
            return None
        relaxed = change(clear(filters, self.fields), self.relaxation.to)
        if relaxed == filters:
            return None
        values = [value for name in self.fields for value in _list_values(getattr(filters, name))]
        return self.relaxation.label.format(", ".join(values)), relaxed


def change(filters: Filters, values: Mapping[str, Any]) -> Filters:
    return replace(filters, **values)


def clear(filters: Filters, names: Sequence[str]) -> Filters:
    return change(filters, {f.name: f.default for f in fields(filters) if f.name in names})


def _list_values(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, tuple) else [str(value)]
