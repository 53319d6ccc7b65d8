"""Reads a source into the rows of a batch, parsed and matched, for a preview before anything is added."""

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

BEAT_SECONDS = 2.0  # media files open slowly: show progress before a chunk is full
CHUNK = 2000  # rows that are matched and written at once
RAW_PATH = "bytes:"  # marks a path that is not UTF-8, kept in hex


def create_batch(
    person: Person, path: Path, label: str = "", auto_commit: bool = False, options: dict[str, Any] | None = None
) -> ImportBatch:
    """Creates a batch to be read. Raises MediarecError where the path does not exist or no importer recognises it."""
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
    """Parses and matches every row without changing the library. Starts over after an interrupted run."""
    batch = find_batch(batch_id)
    with lock_batch(batch_id) as is_locked, marking_failures(batch):
        if is_locked and batch.state == BatchState.READING:
            _read(batch, on_progress)


def _read(batch: ImportBatch, on_progress: OnProgress | None) -> None:
    batch.rows.all().delete()
    source = Source(_read_path(batch.path))
    importer = choose_importer(source)
    expected = importer.count_rows(source)
    number = 0
    preview = ImportPreview(batch.person_id)
    refused = (ParsedRow(f"{source.label}: {name}", problem=why) for name, why in source.refused.items())
    matcher = WorkMatcher(batch.person_id)
    for chunk in _chunks(chain(refused, importer.parse(source, _read_options(batch)))):
        rows = _match_chunk(matcher, chunk, number)
        if not ImportBatch.objects.filter(pk=batch.pk, state=BatchState.READING).exists():
            return  # cancelled meanwhile
        write_rows(batch.pk, rows)
        preview.add(chunk, [(row.outcome, row.match) for row in rows])
        number += len(rows)
        heartbeat(batch, number, max(expected, number), on_progress)
    counts = {**batch.counts, "preview": preview.to_json()}
    reading = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.READING)  # not undone meanwhile
    reading.update(total=number, done=0, state=BatchState.PREVIEW, counts=counts)


def _read_options(batch: ImportBatch) -> ReadOptions:
    options = batch.counts.get("options", {})
    files = MediaFile.objects.filter(is_missing=False).values_list("path_raw", "size_bytes", "mtime_ns")
    known = {bytes(raw).hex(): (size, mtime) for raw, size, mtime in files.iterator()}
    return ReadOptions(
        options.get("movielens_user", ""), bool(options.get("whole_catalogue")), options.get("profile", ""), known
    )


def _chunks(rows: Iterator[ParsedRow]) -> Iterator[list[ParsedRow]]:
    """Chunks of up to CHUNK rows, or fewer after BEAT_SECONDS."""
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
            known_row = owned[row.known_path_hex]
            rows.append(build_row(replace(row, work=known_row.work), known_row, number))
        else:
            rows.append(build_row(row, prepared[id(row.work)] if row.work else NOTHING, number))
    return rows


def _find_owned(chunk: Sequence[ParsedRow]) -> dict[str, PreparedRow]:
    """Known items by path in hex, for rows that name their files. The works have no details, so none are filled in."""
    paths = [bytes.fromhex(row.known_path_hex) for row in chunk if row.known_path_hex]
    files = MediaFile.objects.filter(path_raw__in=paths).values_list("path_raw", "item", "item__kind", "item__title")
    owned = {}
    for raw, item_id, kind, title in files if paths else ():
        work = ParsedWork(kind, title)
        match = Match(item_id, SAME_ID, "the file of a known item")
        owned[bytes(raw).hex()] = PreparedRow(work, write_json(work.to_json()), match)
    return owned


def _write_path(path: Path) -> str:
    """The path as text, or in hex where it is not UTF-8: another process may read the batch later."""
    raw = os.fsencode(path)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return RAW_PATH + raw.hex()


def _read_path(stored: str) -> Path:
    if stored.startswith(RAW_PATH):
        return Path(os.fsdecode(bytes.fromhex(stored.removeprefix(RAW_PATH))))
    return Path(stored)
