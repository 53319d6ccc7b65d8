"""Reading a source into rows: parsed and matched, so that a person can look before anything is added."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from mediarec.library.batches.steps import CHUNK, OnProgress, beat, failing, find_batch, hold_batch
from mediarec.library.importers.base import ParsedRow, ParsedWork, ReadOptions, bound_work, printable, printable_json
from mediarec.library.importers.registry import choose_importer
from mediarec.library.importers.source import Source
from mediarec.library.matching import SAME_ID, Match, load_index, match_work
from mediarec.library.models import BatchState, ImportBatch, ImportRow, MediaFile, Outcome, Person

BEAT_SECONDS = 2.0  # films open slowly: the bar moves before a chunk is full
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
    with hold_batch(batch_id) as is_ours, failing(batch):
        if is_ours and batch.state == BatchState.READING:
            _read(batch, on_progress)


def _read(batch: ImportBatch, on_progress: OnProgress | None) -> None:
    batch.rows.all().delete()
    source = Source(_read_path(batch.path))
    importer = choose_importer(source)
    expected = importer.count_rows(source)
    number = 0
    foreseen: Counter[str] = Counter()
    refused = (ParsedRow(f"{source.label}: {name}", problem=why) for name, why in source.refused.items())
    for chunk in _chunks(chain(refused, importer.parse(source, _read_options(batch)))):
        rows = _match_chunk(batch, chunk, number)
        ImportRow.objects.bulk_create(rows)
        number += len(rows)
        _foresee(foreseen, rows)
        beat(batch, number, max(expected, number), on_progress)
    counts = {**batch.counts, "preview": dict(foreseen)}
    going_on = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.READING)  # nobody took it back meanwhile
    going_on.update(total=number, done=0, state=BatchState.PREVIEW, counts=counts)


def _read_options(batch: ImportBatch) -> ReadOptions:
    chosen = batch.counts.get("options", {})
    files = MediaFile.objects.filter(is_missing=False).values_list("path_raw", "size_bytes", "mtime_ns")
    known = {bytes(raw).hex(): (size, mtime) for raw, size, mtime in files.iterator()}
    return ReadOptions(chosen.get("movielens_user", ""), bool(chosen.get("whole_catalogue")), known)


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


def _match_chunk(batch: ImportBatch, chunk: Sequence[ParsedRow], start: int) -> list[ImportRow]:
    owned = _find_owned(chunk)
    chunk = [replace(row, work=owned[row.known_path_hex][0]) if row.known_path_hex in owned else row for row in chunk]
    works = [bound_work(row.work) if row.work else None for row in chunk]
    index = load_index(work for work in works if work)
    rows = []
    for offset, (row, work) in enumerate(zip(chunk, works, strict=True), start=1):
        match = match_work(work, index) if work else Match()
        if row.known_path_hex in owned:
            match = owned[row.known_path_hex][1]
        reason = row.problem or row.note or match.reason or "unchanged since it was read"
        rows.append(
            ImportRow(
                batch=batch,
                number=start + offset,
                place=printable(row.place),
                raw=printable_json(dict(row.raw)),
                parsed={
                    "work": work.to_json() if work else None,
                    "file": printable_json(row.file.to_json()) if row.file else None,
                    "events": [event.to_json() for event in row.events],
                },
                item_id=match.item_id,
                confidence=match.confidence if work else None,
                outcome=_predict(row, match),
                reason=printable(reason),
            )
        )
    return rows


def _find_owned(chunk: Sequence[ParsedRow]) -> dict[str, tuple[ParsedWork, Match]]:
    """The items whose files rows name by path; no more is said of them than is known, so nothing is filled in."""
    wanted = [bytes.fromhex(row.known_path_hex) for row in chunk if row.known_path_hex]
    files = MediaFile.objects.filter(path_raw__in=wanted).values_list("path_raw", "item", "item__kind", "item__title")
    return {
        bytes(raw).hex(): (ParsedWork(kind, title), Match(item_id, SAME_ID, "the file of a known item"))
        for raw, item_id, kind, title in (files if wanted else ())
    }


def _predict(row: ParsedRow, match: Match) -> Outcome:
    if row.problem:
        return Outcome.REJECTED
    if row.unchanged or row.work is None:
        return Outcome.DUPLICATE
    if match.needs_look:
        return Outcome.REVIEW
    return Outcome.MATCHED if match.item_id else Outcome.ADDED


def _foresee(foreseen: Counter[str], rows: Sequence[ImportRow]) -> None:
    """What would be added, for the preview: one number per outcome, and files and events of rows that go in."""
    for row in rows:
        foreseen[row.outcome] += 1
        if row.outcome in {Outcome.ADDED, Outcome.MATCHED}:
            foreseen["files"] += row.parsed["file"] is not None
            foreseen["interactions"] += len(row.parsed["events"])


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
