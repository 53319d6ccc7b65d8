"""The facet type: some fields of `Filters` with their merging, wording, SQL and relaxation. Knows no facet by name."""

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
    """The position of a facet's terms in the summary of how a sentence was understood."""

    KIND = 1
    CONTENT = 2
    DETAIL = 3


@dataclass(frozen=True)
class Term:
    """One condition in words; `key` identifies it for removal: "not:horror"."""

    key: str
    label: str


class Terms(Protocol):
    """Puts fields into words, and removes one of these terms."""

    @property
    def key(self) -> str: ...

    def list_terms(self, filters: Filters) -> list[Term]: ...

    def remove(self, filters: Filters, value: str) -> Filters: ...


def list_alone(values: Values) -> list[Values]:
    return [(value,) for value in values]


@dataclass(frozen=True)
class ValueTerms:
    """One term per value of a field, or per group of values that one expression expands to."""

    key: str
    field: str
    label: Callable[[Values], str]
    group: Callable[[Values], Sequence[Values]] = list_alone
    write: Callable[[Any], str] = str

    def list_terms(self, filters: Filters) -> list[Term]:
        groups = self.group(getattr(filters, self.field))
        return [Term(f"{self.key}:{'|'.join(map(self.write, group))}", self.label(group)) for group in groups]

    def remove(self, filters: Filters, value: str) -> Filters:
        removed = value.split("|")
        kept = tuple(item for item in getattr(filters, self.field) if self.write(item) not in removed)
        return change(filters, {self.field: kept})


@dataclass(frozen=True)
class WholeTerm:
    """One term for several fields together; an empty label means no term."""

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
    """How a facet is relaxed when nothing fits, the lowest `order` first. "{}" in the label is replaced by the values;
    `to` holds the relaxed values of the fields where these are not the defaults."""

    order: int
    label: str
    to: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Facet:
    """`merge` maps each field to the function that merges a standing rule's value into the request's.

    Values of a rule are ignored if the request asks for them in its fields `yields_to`. `carry` merges a new sentence
    with the previous one. `restrict` applies the SQL condition, None for a facet that only ranks; `narrows` is True if
    it selects a part of the library rather than excluding some items.
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
        """Whether any field differs from its default, which allows everything."""
        return any(getattr(filters, f.name) != f.default for f in fields(filters) if f.name in self.merge)

    def relax(self, filters: Filters) -> tuple[str, Filters] | None:
        """The label and the filters without this facet; None if it cannot be relaxed or is not set."""
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
