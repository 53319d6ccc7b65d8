"""The row types that catalogue readers yield, and the filters they apply. Pure; knows no tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from mediarec.library.importers.base import ParsedWork


class Key(NamedTuple):
    """The id of a work in a catalogue, which identifies it in later runs."""

    namespace: str
    value: str


class CatalogueWork(NamedTuple):
    """One work. `key` is None where the row has no lasting id; `parent` is the key of its album or series."""

    location: str
    key: Key | None
    work: ParsedWork
    parent: Key | None = None


class CatalogueCredit(NamedTuple):
    """A credit of a work that was yielded before; `person` is a catalogue id whose CatalogueName follows."""

    key: Key
    role: str
    position: int
    person: str


class CatalogueName(NamedTuple):
    person: str
    name: str


class SkippedRow(NamedTuple):
    """A row that was not understood, with the reason."""

    location: str
    reason: str


CatalogueRow = CatalogueWork | CatalogueCredit | CatalogueName | SkippedRow


@dataclass(frozen=True)
class CatalogueFilters:
    """The defaults exclude nothing. Works without a year or votes fail any bound on them."""

    kinds: tuple[str, ...] = ()
    min_votes: int = 0
    first_year: int | None = None
    last_year: int | None = None
    limit: int | None = None

    def accepts(self, kind: str, year: int | None) -> bool:
        if self.kinds and kind not in self.kinds:
            return False
        if self.first_year is None and self.last_year is None:
            return True
        return year is not None and (self.first_year or year) <= year <= (self.last_year or year)


class CatalogueReader(Protocol):
    """`read` streams: memory may grow with the works that pass the filters, never with the size of the files. A bad row
    is yielded as a SkippedRow; files of another format raise MediarecError."""

    name: str
    label: str

    def read(self, paths: Sequence[Path], filters: CatalogueFilters) -> Iterator[CatalogueRow]: ...


def scale_votes(votes: int, most: int) -> float:
    """Popularity 0..1 on a logarithmic scale; `most` is the highest number of votes in the source."""
    return round(min(1.0, math.log1p(votes) / math.log1p(most)), 4) if most > 0 and votes > 0 else 0.0
