"""Reading a source into rows: parsed and matched, so that a person can look before anything is added."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from mediarec.library.batches.batch_state import OnProgress, find_batch, heartbeat, lock_batch, marking_failures
from mediarec.library.batches.preview import ImportPreview
from mediarec.library.batches.row_writing import NOTHING, PreparedRow, RowToWrite, WorkMatcher, build_row, write_rows
from mediarec.library.importers.base import ParsedRow, ParsedWork, ReadOptions, printable, write_json
from mediarec.library.importers.registry import choose_importer
from mediarec.library.importers.source import Source
from mediarec.library.matching import SAME_ID, Match
from mediarec.library.models import BatchState, ImportBatch, MediaFile, Person

BEAT_SECONDS = 2.0  # films open slowly: the bar moves before a chunk is full
CHUNK = 2000  # rows that are matched and written at once;
RAW_PATH = "bytes:"  # marks a path that is not UTF-8, kept in hex


def create_batch(
    person: Person, path: Path, label: str = "", auto_commit: bool = False, options: dict[str, Any] | None = None
) -> ImportBatch:
    """A batch to be read. Raises MediarecError at once when the path is not there or nothing understands it."""
    source = Source(path)
    importer = choose_importer(source)
    return ImportBatch.objects.create(
        person=person,
        source=importer.name,
        label=printable(label or source.label),
        path=_write_path(path.absolute()),
        auto_commit=auto_commit,
        counts={"options": options or {}},
    )


def read_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Parses and matches every row; nothing of the library changes. Starts over when it was killed before."""
    batch = find_batch(batch_id)
    with lock_batch(batch_id) as is_ours, marking_failures(batch):
        if is_ours and batch.state == BatchState.READING:
            _read(batch, on_progress)


def _read(batch: ImportBatch, on_progress: OnProgress | None) -> None:
    batch.rows.all().delete()
    source = Source(_read_path(batch.path))
    importer = choose_importer(source)
    expected = importer.count_rows(source)
    number = 0
    foresight = ImportPreview(batch.person_id)
    refused = (ParsedRow(f"{source.label}: {name}", problem=why) for name, why in source.refused.items())
    matcher = WorkMatcher(batch.person_id)
    for chunk in _chunks(chain(refused, importer.parse(source, _read_options(batch)))):
        rows = _match_chunk(matcher, chunk, number)
        if not ImportBatch.objects.filter(pk=batch.pk, state=BatchState.READING).exists():
            return  # somebody has cancelled it
        write_rows(batch.pk, rows)
        foresight.add(chunk, [(row.outcome, row.match) for row in rows])
        number += len(rows)
        heartbeat(batch, number, max(expected, number), on_progress)
    counts = {**batch.counts, "preview": foresight.to_json()}
    going_on = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.READING)  # nobody took it back meanwhile
    going_on.update(total=number, done=0, state=BatchState.PREVIEW, counts=counts)


def _read_options(batch: ImportBatch) -> ReadOptions:
    chosen = batch.counts.get("options", {})
    files = MediaFile.objects.filter(is_missing=False).values_list("path_raw", "size_bytes", "mtime_ns")
    known = {bytes(raw).hex(): (size, mtime) for raw, size, mtime in files.iterator()}
    return ReadOptions(
        chosen.get("movielens_user", ""), bool(chosen.get("whole_catalogue")), chosen.get("profile", ""), known
    )


def _chunks(rows: Iterator[ParsedRow]) -> Iterator[list[ParsedRow]]:
    """As many rows as one transaction takes, or what came in a few seconds."""
    chunk: list[ParsedRow] = []
    started = time.monotonic()
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK or time.monotonic() - started > BEAT_SECONDS:
            yield chunk
            chunk, started = [], time.monotonic()
    if chunk:
        yield chunk


def _match_chunk(matcher: WorkMatcher, chunk: Sequence[ParsedRow], start: int) -> list[RowToWrite]:
    owned = _find_owned(chunk)
    prepared = matcher.prepare(row.work for row in chunk if row.work and row.known_path_hex not in owned)
    rows = []
    for number, row in enumerate(chunk, start=start + 1):
        if row.known_path_hex in owned:
            named = owned[row.known_path_hex]
            rows.append(build_row(replace(row, work=named.work), named, number))
        else:
            rows.append(build_row(row, prepared[id(row.work)] if row.work else NOTHING, number))
    return rows


def _find_owned(chunk: Sequence[ParsedRow]) -> dict[str, PreparedRow]:
    """The items whose files rows name by path; no more is said of them than is known, so nothing is filled in."""
    wanted = [bytes.fromhex(row.known_path_hex) for row in chunk if row.known_path_hex]
    files = MediaFile.objects.filter(path_raw__in=wanted).values_list("path_raw", "item", "item__kind", "item__title")
    found = {}
    for raw, item_id, kind, title in files if wanted else ():
        work = ParsedWork(kind, title)
        match = Match(item_id, SAME_ID, "the file of a known item")
        found[bytes(raw).hex()] = PreparedRow(work, write_json(work.to_json()), match)
    return found


def _write_path(path: Path) -> str:
    """As text, or in hex when the name is not UTF-8: the batch may be read by another process, later."""
    raw = os.fsencode(path)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return RAW_PATH + raw.hex()


def _read_path(stored: str) -> Path:
    if stored.startswith(RAW_PATH):
        return Path(os.fsdecode(bytes.fromhex(stored.removeprefix(RAW_PATH))))
    return Path(stored)
