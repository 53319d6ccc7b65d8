"""Storing what the preview showed, a chunk and a transaction at a time: items, files, events."""

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

PLAYS_PER_ROW = 8  # as many plays take as long as one other row


def commit_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Stores what the preview showed; rows that need a look and rejected ones wait."""
    batch = find_batch(batch_id)
    with lock_batch(batch_id) as is_ours, marking_failures(batch):
        if is_ours and batch.state in {BatchState.PREVIEW, BatchState.COMMITTING}:
            _commit(batch, on_progress)


def _commit(batch: ImportBatch, on_progress: OnProgress | None) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.COMMITTING)
    pictures, plays = PictureReader(), PlayStore()
    while _commit_chunk(batch, pictures, plays):
        batch.refresh_from_db()
        heartbeat(batch, batch.done, batch.total, on_progress)
    going_on = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.COMMITTING)
    if going_on.exists():
        _note_pictures(batch, pictures)
        restore_tables(batch)
        going_on.update(state=BatchState.COMMITTED, committed_at=timezone.now())
        discard_upload(batch)


@transaction.atomic
def _commit_chunk(batch: ImportBatch, pictures: PictureReader, plays: PlayStore) -> bool:
    """False when nothing is left to store, or when somebody takes the batch back meanwhile."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state != BatchState.COMMITTING:
        return False
    simple = load_play_rows(locked, CHUNK * PLAYS_PER_ROW)
    if len(simple) >= CHUNK:
        _count(locked, "interactions_added", plays.store(locked, simple))
        locked.done = simple[-1].number
    else:
        rows = list(locked.rows.filter(number__gt=locked.done).order_by("number")[:CHUNK])
        if not rows:
            return False
        store_rows(locked, rows, pictures)
        locked.done = rows[-1].number
    locked.save(update_fields=["done", "counts"])
    return True


def store_rows(batch: ImportBatch, rows: Sequence[ImportRow], pictures: PictureReader) -> None:
    stored = [row for row in rows if row.outcome in STORED]
    works = {row.pk: ParsedWork.from_json(row.parsed["work"]) for row in stored}
    writer = WorkWriter(batch, works.values(), pictures)
    placed: dict[int, StoredWork] = {}
    waiting = []
    for row in stored:
        is_new = row.parsed.get("by_hand") == "new"
        doubt = None if is_new or row.item_id else writer.find_doubt(works[row.pk])
        if doubt:
            row.item_id = writer.find_real_id(doubt.item_id)
            row.outcome, row.confidence, row.reason = Outcome.REVIEW, doubt.confidence, doubt.reason
            waiting.append(row)
        else:
            renews = row.raw.get(RENEWS, ()) if batch.source == "watched" else ()
            placed[row.pk] = writer.store_one(works[row.pk], item_id=row.item_id, is_new=is_new, renews=renews)
    ImportRow.objects.bulk_update(waiting, ["item", "outcome", "confidence", "reason"])
    stored = [row for row in stored if row.pk in placed]
    writer.write()
    files = store_files(
        [(placed[row.pk].item, ParsedFile.from_json(row.parsed["file"])) for row in stored if row.parsed.get("file")],
        batch,
    )
    events = store_events(
        [(placed[row.pk].item.pk, map(ParsedEvent.from_json, row.parsed["events"])) for row in stored],
        batch,
        origin=batch.source,
    )
    for row in stored:
        _note_row(row, placed[row.pk], files, events)
    _save_rows(stored)
    for row in stored:
        if row.parsed.get("by_hand") == "new":
            record_created_item(row)
    _count(batch, "files_added", sum(before is None for before in files.values()))
    _count(batch, "interactions_added", sum(events.added.values()))


def _note_row(row: ImportRow, placed: StoredWork, files: dict[str, dict[str, Any] | None], events: EventCounts) -> None:
    """What became of the row, and what undo needs to put back."""
    path = (row.parsed.get("file") or {}).get("path_hex")
    before = files.get(path) if path else None
    is_new_file = path is not None and before is None
    filled, ended = placed.list_filled(), events.ended.pop(placed.item.pk, [])
    row.item_id = placed.item.pk
    if placed.is_new:
        row.outcome = Outcome.ADDED
    elif filled or is_new_file or events.added[placed.item.pk]:
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
    """One statement for all; the parsed JSON is written only where it holds something to take back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE library_importrow AS row SET item_id = said.item_id, outcome = said.outcome, reason = said.reason
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS said(id, item_id, outcome, reason)
            WHERE row.id = said.id
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


def _note_pictures(batch: ImportBatch, pictures: PictureReader) -> None:
    """A refused picture is a row of its own at the end: its film or album went in without it."""
    known = set(batch.rows.filter(outcome=Outcome.REJECTED).values_list("place", flat=True))
    last = batch.rows.aggregate(last=Max("number"))["last"] or 0
    fresh = [(place, reason) for place, reason in pictures.problems.items() if place not in known]
    ImportRow.objects.bulk_create(
        ImportRow(batch=batch, number=last + offset, place=place, outcome=Outcome.REJECTED, reason=reason)
        for offset, (place, reason) in enumerate(fresh, start=1)
    )
    batch.total = batch.done = last + len(fresh)
    batch.save(update_fields=["total", "done"])
