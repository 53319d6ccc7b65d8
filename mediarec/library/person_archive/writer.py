"""Writes everything of one person into a zip: each table as JSONL, which is read back, and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import IO, Any, NamedTuple

from django.utils import timezone

from mediarec.library.models import Interaction, Person
from mediarec.library.person_archive.item_records import (
    EVENT_FIELDS,
    ITEM_FIELDS,
    read_events,
    read_items,
    read_ratings,
)
from mediarec.library.person_archive.tables import list_tables

FORMAT, VERSION = "mediarec-person", 1
MANIFEST = "manifest.json"
RATING_FIELDS = ("item", "kind", "title", "year", "stars", "rated_at")
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
README = """What mediarec knows of {name}, written on {at}

Each table is there twice. The .jsonl files (one JSON object a line, UTF-8) are exact and are what is read back:

    python manage.py import THIS.zip --person NAME

or the Imports page. The .csv files are for spreadsheets: a text that a spreadsheet could take for a formula has an
apostrophe before it, lists and objects are written as JSON.

{tables}

"item" is a number that holds within this archive only; items.jsonl says what it is, with its ids at other services.
Ratings and progress are shares from 0 to 1 in events.jsonl, stars from 0 to 5 in ratings. An event with "withdrawn_at"
was taken back at that time. Times have their zone. Files, pictures, passwords, keys and conversations are not in here.
Schema version {version}; manifest.json says how many rows each table has.
"""


class _Table(NamedTuple):
    """`read` is called once for each of the two files."""

    name: str
    columns: Sequence[str]
    about: str
    read: Callable[[], Iterator[dict[str, Any]]]


def write_archive(person: Person, out: IO[bytes]) -> dict[str, int]:
    """Streams the tables into `out`; returns how many rows each has."""
    counts: dict[str, int] = {}
    tables = _list_tables(person.pk)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for table in tables:
            counts[table.name] = _write_jsonl(archive, f"{table.name}.jsonl", table.read())
            _write_csv(archive, f"{table.name}.csv", table.columns, table.read())
        at = timezone.now().isoformat(timespec="seconds")
        listed = "\n".join(f"  {table.name:12} {table.about}" for table in tables)
        readme = README.format(name=person.shown_name, at=at, tables=listed, version=VERSION)
        archive.writestr("README.txt", readme)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "person": person.username,
            "name": person.first_name,
            "wishes": {"novelty": person.novelty, "ownership": person.ownership},
            "written_at": at,
            "rows": counts,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False))
    return counts


def _list_tables(person_id: int) -> list[_Table]:
    added = list_tables()
    items = set(Interaction.objects.filter(person_id=person_id).values_list("item_id", flat=True).distinct())
    items.update(number for table in added for number in table.list_items(person_id))
    return [
        _Table("items", ITEM_FIELDS, "every work that the other tables name", lambda: read_items(items)),
        _Table(
            "events",
            EVENT_FIELDS,
            "all that was done, with its time, and what was taken back",
            lambda: read_events(person_id),
        ),
        _Table("ratings", RATING_FIELDS, "the ratings that stand, with titles", lambda: read_ratings(person_id)),
        *(_Table(table.name, table.columns, table.about, partial(table.read, person_id)) for table in added),
    ]


def _write_jsonl(archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with archive.open(name, "w", force_zip64=True) as member:
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last one is what is returned
            member.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
    return count


def _write_csv(archive: zipfile.ZipFile, name: str, columns: Sequence[str], rows: Iterator[dict[str, Any]]) -> None:
    with archive.open(name, "w", force_zip64=True) as member:
        text = io.TextIOWrapper(member, encoding="utf-8", errors="backslashreplace", newline="", write_through=False)
        writer = csv.writer(text)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([write_cell(row.get(column)) for column in columns])
        text.flush()
        text.detach()


def write_cell(value: Any) -> str:
    """A cell that no spreadsheet evaluates as a formula; a number stays one."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(RISKY) else text
