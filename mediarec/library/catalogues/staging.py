"""The unlogged staging tables of one run: filled by COPY from a reader's rows, then merged into the library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import connection

from mediarec.library.catalogues.base import (
    CatalogueCredit,
    CatalogueName,
    CatalogueRow,
    CatalogueWork,
    Key,
    SkippedRow,
)
from mediarec.library.importers.base import ParsedWork, bound_work, printable, write_json
from mediarec.library.item_lookup import normalise_title
from mediarec.library.pg_copy import NULL, write_array, write_number, write_text

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
    """The staging tables of one run; their names contain its id."""

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
        """The number of staged works; None where the tables are gone. A server crash empties unlogged tables."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [self.name("works")])
            if not cursor.fetchone()[0]:
                return None
            cursor.execute(f"SELECT count(*) FROM {self.name('works')}")  # noqa: S608 - our own name
            return int(cursor.fetchone()[0])


class Stager:
    """Distributes a reader's rows over the tables; `staged` counts the works."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.staged = 0

    def stage(self, rows: Iterator[CatalogueRow]) -> Iterator[list[SkippedRow]]:
        """Stores one buffer at a time; yields its skipped rows, so that the caller can show progress."""
        while buffer := list(islice(rows, BUFFERED)):
            yield list(self._store(buffer))

    def _store(self, buffer: Iterable[CatalogueRow]) -> Iterator[SkippedRow]:
        lines: dict[str, list[str]] = {"works": [], "credits": [], "raw_credits": [], "names": []}
        for row in buffer:
            if isinstance(row, CatalogueWork):
                problem = self._add_work(lines, row)
                if problem is not None:
                    yield SkippedRow(printable(row.location), problem)
            elif isinstance(row, CatalogueCredit):
                cells = (_write(row.key.value), row.role, str(row.position), _write(row.person))
                lines["raw_credits"].append("\t".join(cells) + "\n")
            elif isinstance(row, CatalogueName):
                name = row.name[:LONGEST_KEY]
                lines["names"].append(f"{_write(row.person)}\t{_write(name)}\t{_write(normalise_title(name))}\n")
            else:
                yield SkippedRow(printable(row.location), printable(row.reason))
        with connection.cursor() as cursor:
            for table, table_lines in lines.items():
                if table_lines:
                    with cursor.copy(f"COPY {self._stage.name(table)} FROM STDIN") as copy:
                        copy.write("".join(table_lines))

    def _add_work(self, lines: dict[str, list[str]], row: CatalogueWork) -> str | None:
        """Adds a work and its credits; returns why it is skipped, or None."""
        if row.key is None or not row.key.value or len(row.key.value) > LONGEST_KEY:
            return "it has no id that would identify it later"
        work = bound_work(row.work)
        self.staged += 1
        lines["works"].append(_write_work(self.staged, row.key, work, row.parent))
        for role, names in work.people.items():
            for position, name in enumerate(names):
                lines["credits"].append(
                    f"{self.staged}\t{role}\t{position}\t{write_text(name)}\t{write_text(normalise_title(name))}\n"
                )
        return None


def _write_work(number: int, key: Key, work: ParsedWork, parent: Key | None) -> str:
    cells = (
        *(str(number), _write(key.namespace[:20]), _write(key.value), work.kind, write_text(work.title)),
        *(write_text(work.original_title), write_text(normalise_title(work.title)), write_number(work.year)),
        *(write_array(work.genres), write_array(work.tags), write_text(work.language)),
        *(write_number(work.runtime_seconds), write_text(work.synopsis), write_number(work.season)),
        *(write_number(work.number), write_number(work.popularity)),
        *((_write(parent.namespace[:20]), _write(parent.value)) if parent else (NULL, NULL)),
        write_text(write_json(dict(work.ids))) if work.ids else NULL,
    )
    return "\t".join(cells) + "\n"


def _write(text: str) -> str:
    """A value for COPY as the file has it, only made printable; works have been cleaned before."""
    return write_text(printable(text))
