"""Baseline of imports: a bare COPY of the same rows into the same tables, and the CPU time used."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

from django.db import connection, transaction

BLOCK = 1024 * 1024
USER, SYSTEM = 11, 12  # fields of /proc/PID/stat after the name


class Taken(NamedTuple):
    seconds: float
    processor: float


def read_processor() -> float:
    """CPU seconds of this process and of its database backend, which run on the same machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
    said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return time.process_time() + (int(said[USER]) + int(said[SYSTEM])) / os.sysconf("SC_CLK_TCK")


def copy_same(tables: Sequence[str]) -> Taken:
    """Copies the rows out, empties the tables, and times copying them back with indexes and constraints in place."""
    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        for table in tables:
            with (Path(folder) / table).open("wb") as out, cursor.copy(f"COPY {table} TO STDOUT") as copied:
                for block in copied:
                    out.write(block)
        with transaction.atomic():
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        started, processor = time.perf_counter(), read_processor()
        with transaction.atomic():
            for table in tables:
                with (Path(folder) / table).open("rb") as rows:
                    _put_back(cursor, table, rows)
        return Taken(time.perf_counter() - started, read_processor() - processor)


def _put_back(cursor: object, table: str, rows: IO[bytes]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copied:  # type: ignore[attr-defined]
        while block := rows.read(BLOCK):
            copied.write(block)
