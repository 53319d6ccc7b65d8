"""Commits a batch: stores its rows as items, files and events, one transaction per chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from mediarec.library.batches.batch_state import (
    CHUNK,
    OnProgress,
    discard_upload,
    find_batch,
    heartbeat,
    lock_batch,
    marking_failures,
)
from mediarec.library.batches.play_rows import STORED, PlayStore, load_play_rows
from mediarec.library.importers.base import ParsedEvent, ParsedFile, ParsedWork
from mediarec.library.importers.watch_history import RENEWS
from mediarec.library.match_decisions import record_created_item
from mediarec.library.models import BatchState, ImportBatch, ImportRow, Outcome
from mediarec.library.persistence import EventCounts, StoredWork, WorkWriter, store_events, store_files
from mediarec.library.persistence.pictures import PictureReader
from mediarec.library.person_archive import restore_tables

PLAYS_PER_ROW = 8  # this many plays take about as long as one other row


def commit_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Stores the matched and new rows; rows for review and rejected ones stay as they are."""
    batch = find_batch(batch_id)
    with lock_batch(batch_id) as is_locked, marking_failures(batch):
        if is_locked and batch.state in {BatchState.PREVIEW, BatchState.COMMITTING}:
            _commit(batch, on_progress)


def _commit(batch: ImportBatch, on_progress: OnProgress | None) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.COMMITTING)
    pictures, plays = PictureReader(), PlayStore()
    while _commit_chunk(batch, pictures, plays):
        batch.refresh_from_db()
        heartbeat(batch, batch.done, batch.total, on_progress)
    committing = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.COMMITTING)
    if committing.exists():
        _report_pictures(batch, pictures)
        restore_tables(batch)
        committing.update(state=BatchState.COMMITTED, committed_at=timezone.now())
        discard_upload(batch)


@transaction.atomic
def _commit_chunk(batch: ImportBatch, pictures: PictureReader, plays: PlayStore) -> bool:
    """Stores the next chunk. False when nothing is left to store, or when the batch is being undone."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state != BatchState.COMMITTING:
        return False
    play_rows = load_play_rows(locked, CHUNK * PLAYS_PER_ROW)
    if len(play_rows) >= CHUNK:
        _count(locked, "interactions_added", plays.store(locked, play_rows))
        locked.done = play_rows[-1].number
    else:
        rows = list(locked.rows.filter(number__gt=locked.done).order_by("number")[:CHUNK])
        if not rows:
            return False
        store_rows(locked, rows, pictures)
        locked.done = rows[-1].number
    locked.save(update_fields=["done", "counts"])
    return True


def store_rows(batch: ImportBatch, rows: Sequence[ImportRow], pictures: PictureReader) -> None:
    """Stores rows with all they bring; a row whose match has become uncertain meanwhile is left for review."""
    importable = [row for row in rows if row.outcome in STORED]
    works = {row.pk: ParsedWork.from_json(row.parsed["work"]) for row in importable}
    writer = WorkWriter(batch, works.values(), pictures)
    stored: dict[int, StoredWork] = {}
    uncertain = []
    for row in importable:
        is_new = row.parsed.get("by_hand") == "new"
        match = None if is_new or row.item_id else writer.find_uncertain_match(works[row.pk])
        if match:
            row.item_id = writer.written_id(match.item_id)
            row.outcome, row.confidence, row.reason = Outcome.REVIEW, match.confidence, match.reason
            uncertain.append(row)
        else:
            renews = row.raw.get(RENEWS, ()) if batch.source == "watched" else ()
            stored[row.pk] = writer.store_one(works[row.pk], item_id=row.item_id, is_new=is_new, renews=renews)
    ImportRow.objects.bulk_update(uncertain, ["item", "outcome", "confidence", "reason"])
    importable = [row for row in importable if row.pk in stored]
    writer.write()
    files = store_files(
        [
            (stored[row.pk].item, ParsedFile.from_json(row.parsed["file"]))
            for row in importable
            if row.parsed.get("file")
        ],
        batch,
    )
    events = store_events(
        [(stored[row.pk].item.pk, map(ParsedEvent.from_json, row.parsed["events"])) for row in importable],
        batch,
        origin=batch.source,
    )
    for row in importable:
        _record_outcome(row, stored[row.pk], files, events)
    _save_rows(importable)
    for row in importable:
        if row.parsed.get("by_hand") == "new":
            record_created_item(row)
    _count(batch, "files_added", sum(before is None for before in files.values()))
    _count(batch, "interactions_added", sum(events.added.values()))


def _record_outcome(
    row: ImportRow, stored: StoredWork, files: dict[str, dict[str, Any] | None], events: EventCounts
) -> None:
    """Writes the outcome on the row, and what undo needs to restore."""
    path = (row.parsed.get("file") or {}).get("path_hex")
    before = files.get(path) if path else None
    is_new_file = path is not None and before is None
    filled, ended = stored.list_filled(), events.ended.pop(stored.item.pk, [])
    row.item_id = stored.item.pk
    if stored.is_new:
        row.outcome = Outcome.ADDED
    elif filled or is_new_file or events.added[stored.item.pk]:
        row.outcome = Outcome.MATCHED
    else:
        row.outcome, row.reason = Outcome.DUPLICATE, "already here"
    if before is not None:
        is_moved = before["path_raw"] != path
        row.reason = f"moved here from {before['path']}" if is_moved else "the file has changed since it was read"
    undo = {"filled": filled, "ended": ended, "file": before}
    if any(undo.values()):
        row.parsed = {**row.parsed, "undo": {name: value for name, value in undo.items() if value}}


def _save_rows(rows: Sequence[ImportRow]) -> None:
    """Saves all rows in one statement; the parsed JSON is written only where it has something to undo."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE library_importrow AS row
            SET item_id = changed.item_id, outcome = changed.outcome, reason = changed.reason
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS changed(id, item_id, outcome, reason)
            WHERE row.id = changed.id
            """,
            [
                [row.pk for row in rows],
                [row.item_id for row in rows],
                [str(row.outcome) for row in rows],
                [row.reason for row in rows],
            ],
        )
    ImportRow.objects.bulk_update([row for row in rows if "undo" in row.parsed], ["parsed"])


def _count(batch: ImportBatch, name: str, more: int) -> None:
    batch.counts = {**batch.counts, name: batch.counts.get(name, 0) + more}


def _report_pictures(batch: ImportBatch, pictures: PictureReader) -> None:
    """Adds a rejected row for every refused picture; its work was imported without it."""
    reported = set(batch.rows.filter(outcome=Outcome.REJECTED).values_list("place", flat=True))
    last = batch.rows.aggregate(last=Max("number"))["last"] or 0
    fresh = [(location, reason) for location, reason in pictures.problems.items() if location not in reported]
    ImportRow.objects.bulk_create(
        ImportRow(batch=batch, number=last + offset, place=location, outcome=Outcome.REJECTED, reason=reason)
        for offset, (location, reason) in enumerate(fresh, start=1)
    )
    batch.total = batch.done = last + len(fresh)
    batch.save(update_fields=["total", "done"])
