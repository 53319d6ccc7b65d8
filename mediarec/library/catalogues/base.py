"""What a reader of a catalogue yields, and what may be left out of it. Pure; knows no tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from mediarec.library.importers.base import ParsedWork


class Key(NamedTuple):
    """How a catalogue names a work; by this it is found again."""

    namespace: str
    value: str


class CatalogueWork(NamedTuple):
    """One work. `key` is None where the row names it by nothing that lasts; `parent` is the album or series."""

    location: str
    key: Key | None
    work: ParsedWork
    parent: Key | None = None


class CatalogueCredit(NamedTuple):
    """Who did what on a work that came before; `person` is the catalogue's number of somebody whose name follows."""

    key: Key
    role: str
    position: int
    person: str


class CatalogueName(NamedTuple):
    person: str
    name: str


class SkippedRow(NamedTuple):
    """A row that was not understood, and why."""

    place: str
    reason: str


CatalogueRow = CatalogueWork | CatalogueCredit | CatalogueName | SkippedRow


@dataclass(frozen=True)
class CatalogueFilters:
    """Nothing given leaves nothing out. Works without a year or without votes pass no bound that asks for them."""

    kinds: tuple[str, ...] = ()
    min_votes: int = 0
    first_year: int | None = None
    last_year: int | None = None
    limit: int | None = None

    def lets_in(self, kind: str, year: int | None) -> bool:
        if self.kinds and kind not in self.kinds:
            return False
        if self.first_year is None and self.last_year is None:
            return True
        return year is not None and (self.first_year or year) <= year <= (self.last_year or year)


class CatalogueReader(Protocol):
    """`read` streams: memory may grow with the works that are kept, never with the size of the files. One bad row is
    yielded as left out; files that are none of the catalogue's raise MediarecError."""

    name: str
    label: str

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]: ...


def scale_votes(votes: int, most: int) -> float:
    """0..1 within its source: ten times the votes are one step."""
    return round(min(1.0, math.log1p(votes) / math.log1p(most)), 4) if most > 0 and votes > 0 else 0.0
