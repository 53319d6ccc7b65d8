"""Staging tables of one run, unlogged: what a reader yields goes in by COPY, and waits there to be merged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection

from mediarec.library.catalog import normalise_title
from mediarec.library.catalogues.base import (
    CatalogueCredit,
    CatalogueName,
    CatalogueRow,
    CatalogueWork,
    Key,
    LeftOutRow,
)
from mediarec.library.importers.base import ParsedWork, bound_work, printable

BUFFERED = 20_000
LONGEST_KEY = 200
COLUMNS = {
    "works": (
        "number integer, namespace text, value text, kind text, title text, original_title text, title_key text, "
        "year smallint, genres text[], tags text[], language text, runtime_seconds integer, synopsis text, "
        "season smallint, place integer, popularity float8, parent_namespace text, parent_value text, ids json"
    ),
    "credits": "number integer, role text, position smallint, name text, name_key text",
    "raw_credits": "value text, role text, position smallint, person text",
    "names": "person text, name text, name_key text",
    "titled": "number integer, item_id bigint",
}


@dataclass(frozen=True)
class Stage:
    """The tables' names; the number is the run's, nothing of a person's."""

    run_id: int

    def name(self, table: str) -> str:
        return f"catalogue_{table}_{int(self.run_id)}"

    @property
    def names(self) -> dict[str, str]:
        return {table: self.name(table) for table in COLUMNS}

    def create(self) -> None:
        self.drop()
        with connection.cursor() as cursor:
            for table, columns in COLUMNS.items():
                cursor.execute(f"CREATE UNLOGGED TABLE {self.name(table)} ({columns})")

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {', '.join(self.names.values())}")

    def count(self) -> int | None:
        """How many works wait; None where the tables are gone, as after a crash of the machine they may be empty."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [self.name("works")])
            if not cursor.fetchone()[0]:
                return None
            cursor.execute(f"SELECT count(*) FROM {self.name('works')}")  # noqa: S608 - our own name
            return int(cursor.fetchone()[0])


class Stager:
    """Sorts what a reader yields into the tables. `rejected` is what was not understood, `staged` how many works."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.staged = 0

    def stage(self, rows: Iterator[CatalogueRow]) -> Iterator[list[LeftOutRow]]:
        """A buffer at a time; yields the rows of it that were left out, so that who calls may show how far it is."""
        while buffer := list(islice(rows, BUFFERED)):
            yield list(self._store(buffer))

    def _store(self, buffer: Iterable[CatalogueRow]) -> Iterator[LeftOutRow]:
        tables: dict[str, list[tuple[Any, ...]]] = {"works": [], "credits": [], "raw_credits": [], "names": []}
        for row in buffer:
            if isinstance(row, CatalogueWork):
                problem = self._add_work(tables, row)
                if problem:
                    yield LeftOutRow(printable(row.place), problem)
            elif isinstance(row, CatalogueCredit):
                tables["raw_credits"].append((row.key.value, row.role, row.position, row.person))
            elif isinstance(row, CatalogueName):
                tables["names"].append((row.person, row.name[:LONGEST_KEY], normalise_title(row.name[:LONGEST_KEY])))
            else:
                yield LeftOutRow(printable(row.place), printable(row.reason))
        with connection.cursor() as cursor:
            for table, stored in tables.items():
                if stored:
                    _copy(cursor, self._stage.name(table), stored)

    def _add_work(self, tables: dict[str, list[tuple[Any, ...]]], row: CatalogueWork) -> str:
        if row.key is None or not row.key.value or len(row.key.value) > LONGEST_KEY:
            return "it has no id by which it could be found again"
        work = bound_work(row.work)
        self.staged += 1
        tables["works"].append(_list_columns(self.staged, row.key, work, row.parent))
        for role, names in work.people.items():
            for place, name in enumerate(names):
                tables["credits"].append((self.staged, role, place, name, normalise_title(name)))
        return ""


def _list_columns(number: int, key: Key, work: ParsedWork, parent: Key | None) -> tuple[Any, ...]:
    return (
        *(number, key.namespace[:20], key.value, work.kind, work.title, work.original_title),
        *(normalise_title(work.title), work.year, list(work.genres), list(work.tags), work.language),
        *(work.runtime_seconds, work.synopsis, work.season, work.number, work.popularity),
        *(parent.namespace[:20] if parent else None, parent.value if parent else None),
        json.dumps(dict(work.ids)) if work.ids else None,
    )


def _copy(cursor: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
