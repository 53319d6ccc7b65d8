"""Imports as batches: read and preview, commit, take back. Each step may be killed and run again.

Reading writes nothing but the batch and its rows. Committing moves `done` forward in the transaction that stores the
rows, so a second run goes on exactly where the first one was killed.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from mediarec.library.artwork import remove_unused_artwork
from mediarec.library.catalog import find_item, refresh_search
from mediarec.library.errors import MediarecError, NotFoundError, NotUnderstoodError
from mediarec.library.importers.base import ParsedEvent, ParsedFile, ParsedRow, ParsedWork, ReadOptions
from mediarec.library.importers.registry import choose_importer
from mediarec.library.importers.source import Source
from mediarec.library.matching import Match, MatchIndex, load_index, match_work
from mediarec.library.models import (
    BatchState,
    ExternalId,
    ImportBatch,
    ImportRow,
    Interaction,
    Item,
    MediaFile,
    Outcome,
    Person,
)
from mediarec.library.storing import fill_gaps, store_events, store_file, store_work

CHUNK = 500
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class BatchSummary:
    """What an import did, for people and for `manage.py import --json`."""

    batch: int
    state: str
    items_added: int
    files_added: int
    interactions_added: int
    unchanged: int
    rejected: list[dict[str, str]]
    outcomes: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        return {
            "batch": self.batch,
            "items_added": self.items_added,
            "files_added": self.files_added,
            "interactions_added": self.interactions_added,
            "rejected": self.rejected,
        }


def create_batch(
    person: Person, path: Path, label: str = "", auto_commit: bool = False, options: dict[str, Any] | None = None
) -> ImportBatch:
    """A batch to be read. Raises MediarecError at once when the path is not there or nothing understands it."""
    source = Source(path)
    importer = choose_importer(source)
    return ImportBatch.objects.create(
        person=person,
        source=importer.name,
        label=(label or source.label).replace("\x00", ""),
        path=str(path.absolute()).encode("utf-8", "backslashreplace").decode(),
        auto_commit=auto_commit,
        counts={"options": options or {}},
    )


def read_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Parses and matches every row; nothing of the library changes. Starts over when it was killed before."""
    batch = _find_batch(batch_id)
    if batch.state != BatchState.READING:
        return
    batch.rows.all().delete()
    number = 0
    counts: Counter[str] = Counter()
    for chunk in _chunks(_parse(batch), CHUNK):
        rows = _match_chunk(batch, chunk, number, counts)
        ImportRow.objects.bulk_create(rows)
        number += len(rows)
        _beat(batch, number, number, on_progress)
    batch.total, batch.done, batch.state = number, 0, BatchState.PREVIEW
    batch.counts = {**batch.counts, "preview": dict(counts)}
    batch.save(update_fields=["total", "done", "state", "counts"])


def _parse(batch: ImportBatch) -> Iterator[ParsedRow]:
    source = Source(Path(batch.path))
    importer = choose_importer(source)
    chosen = batch.counts.get("options", {})
    known = {
        bytes(raw).hex(): (size, mtime)
        for raw, size, mtime in MediaFile.objects.values_list("path_raw", "size_bytes", "mtime_ns").iterator()
    }
    options = ReadOptions(chosen.get("movielens_user", ""), bool(chosen.get("whole_catalogue")), known)
    yield from importer.parse(source, options)


def _chunks(rows: Iterator[ParsedRow], size: int) -> Iterator[list[ParsedRow]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _match_chunk(batch: ImportBatch, chunk: Sequence[ParsedRow], start: int, counts: Counter[str]) -> list[ImportRow]:
    index = load_index(row.work for row in chunk if row.work)
    rows = []
    for offset, row in enumerate(chunk, start=1):
        match = match_work(row.work, index) if row.work else Match()
        outcome = _predict(row, match)
        counts[outcome] += 1
        rows.append(
            ImportRow(
                batch=batch,
                number=start + offset,
                place=row.place,
                raw=dict(row.raw),
                parsed=_to_json(row),
                item_id=match.item_id,
                confidence=match.confidence if row.work else None,
                outcome=outcome,
                reason=row.problem or match.reason or ("" if row.work else "unchanged since it was read"),
            )
        )
    return rows


def _predict(row: ParsedRow, match: Match) -> Outcome:
    if row.problem:
        return Outcome.REJECTED
    if row.unchanged or row.work is None:
        return Outcome.DUPLICATE
    if match.needs_look:
        return Outcome.REVIEW
    return Outcome.MATCHED if match.item_id else Outcome.ADDED


def _to_json(row: ParsedRow) -> dict[str, Any]:
    return {
        "work": row.work.to_json() if row.work else None,
        "file": row.file.to_json() if row.file else None,
        "events": [event.to_json() for event in row.events],
    }


def commit_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Stores what the preview showed; rows that need a look and rejected ones wait."""
    batch = _find_batch(batch_id)
    if batch.state not in {BatchState.PREVIEW, BatchState.COMMITTING}:
        return
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.COMMITTING)
    while True:
        with transaction.atomic():
            batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
            rows = list(batch.rows.filter(number__gt=batch.done).order_by("number")[:CHUNK])
            if not rows:
                break
            _commit_rows(batch, rows)
            batch.done = rows[-1].number
            batch.save(update_fields=["done", "counts"])
        _beat(batch, batch.done, batch.total, on_progress)
    batch.state, batch.committed_at = BatchState.COMMITTED, timezone.now()
    batch.save(update_fields=["state", "committed_at"])
    _discard_upload(batch)


def _commit_rows(batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    stored = [row for row in rows if row.outcome in {Outcome.ADDED, Outcome.MATCHED}]
    works = {row.pk: ParsedWork.from_json(row.parsed["work"]) for row in stored}
    index = load_index(works.values())
    touched: set[int] = set()
    files_added = 0
    for row in stored:
        item = _place_row(row, works[row.pk], batch, index)
        touched |= {item.pk, *([item.parent_id] if item.parent_id else [])}
        if row.parsed.get("file"):
            files_added += store_file(item, ParsedFile.from_json(row.parsed["file"]), batch)
    events_added = _store_row_events(batch, stored)
    ImportRow.objects.bulk_update(stored, ["item", "outcome", "confidence", "parsed", "reason"])
    refresh_search(sorted(touched))
    batch.counts = {
        **batch.counts,
        "files_added": batch.counts.get("files_added", 0) + files_added,
        "interactions_added": batch.counts.get("interactions_added", 0) + events_added,
    }


def _place_row(row: ImportRow, work: ParsedWork, batch: ImportBatch, index: MatchIndex) -> Item:
    """The row's item: the one matched, or a new one. Rows before this one may have made it since the preview."""
    match = match_work(work, index)
    item_id = row.item_id or (None if match.needs_look else match.item_id)
    item = Item.objects.filter(pk=item_id).first() if item_id else None
    if item is None:
        item = store_work(work, batch, index)
        row.item, row.outcome = item, Outcome.ADDED
        return item
    row.parsed = {**row.parsed, "filled": fill_gaps(item, work, batch, index)}
    row.item, row.outcome = item, Outcome.MATCHED
    return item


def _store_row_events(batch: ImportBatch, rows: Sequence[ImportRow]) -> int:
    """Writes the events of these rows; a row that brought nothing new is marked as a duplicate."""
    pairs = [
        (row.item_id, [ParsedEvent.from_json(event) for event in row.parsed["events"]]) for row in rows if row.item_id
    ]
    added = store_events(pairs, batch, origin="import" if not batch.is_demo else "demo")
    for row in rows:
        brought = row.item_id in added or row.parsed.get("file") or row.parsed.get("filled")
        if row.outcome == Outcome.MATCHED and not brought:
            row.outcome = Outcome.DUPLICATE
            row.reason = "already here"
    return sum(added.values())


def undo_batch(batch_id: int, on_progress: OnProgress | None = None) -> None:
    """Takes back exactly what the batch brought; items that something else uses by now stay. One transaction."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
        if batch is None or batch.state == BatchState.UNDONE:
            return
        Interaction.objects.filter(batch=batch).delete()
        MediaFile.objects.filter(batch=batch).delete()
        pictures = _empty_filled(batch) | set(batch.items.values_list("artwork", flat=True))
        _remove_items(batch)
        batch.state, batch.undone_at = BatchState.UNDONE, timezone.now()
        batch.save(update_fields=["state", "undone_at"])
    remove_unused_artwork(pictures)
    _discard_upload(batch)
    if on_progress:
        on_progress(batch.total, batch.total)


def _empty_filled(batch: ImportBatch) -> set[str]:
    """Takes back what was filled into items of before; returns pictures that may be unused now."""
    pictures: set[str] = set()
    for row in batch.rows.filter(parsed__has_key="filled", item__isnull=False).select_related("item"):
        filled, item = row.parsed["filled"], row.item
        if not filled or item is None:
            continue
        ExternalId.objects.filter(pk__in=[int(name[3:]) for name in filled if name.startswith("id:")]).delete()
        if "credits" in filled:
            item.credits.all().delete()
        for name in filled:
            if name == "artwork":
                pictures.add(item.artwork)
            if name != "credits" and not name.startswith("id:"):
                field = Item._meta.get_field(name)
                setattr(item, name, None if field.null else field.get_default())  # type: ignore[union-attr]
        item.save()
    return pictures


def _remove_items(batch: ImportBatch) -> None:
    """Children before parents, and only what nothing else holds on to: a file, an event, another import's row."""
    for _ in range(2):
        unused = batch.items.annotate(
            held_files=Count("files", distinct=True),
            held_events=Count("interactions", distinct=True),
            held_children=Count("children", distinct=True),
        ).filter(held_files=0, held_events=0, held_children=0)
        held = ImportRow.objects.exclude(batch=batch).filter(
            item__in=unused, batch__state__in=(BatchState.COMMITTED, BatchState.COMMITTING)
        )
        ids = set(unused.values_list("pk", flat=True)) - set(held.values_list("item_id", flat=True))
        Item.objects.filter(pk__in=ids).delete()


@transaction.atomic
def resolve_row(row_id: int, choice: int | str) -> ImportRow:
    """A person's word on a row that needed a look: an item's id, "new" or "skip". Stored at once after a commit."""
    row = ImportRow.objects.select_for_update().select_related("batch").filter(pk=row_id).first()
    if row is None or row.outcome != Outcome.REVIEW:
        raise NotFoundError("That row does not wait for anybody any more.")
    if choice == "skip":
        row.outcome, row.reason = Outcome.REJECTED, "left out by hand"
    elif choice == "new":
        row.item, row.outcome, row.reason = None, Outcome.ADDED, "made new by hand"
    elif isinstance(choice, int):
        row.item, row.outcome, row.reason = find_item(choice), Outcome.MATCHED, "chosen by hand"
        row.confidence = 1.0
    else:
        raise NotUnderstoodError("Choose the item it is, a new one, or to leave it out.")
    row.save()
    if row.batch.state == BatchState.COMMITTED and row.outcome != Outcome.REJECTED:
        _store_resolved(row)
    return row


def _store_resolved(row: ImportRow) -> None:
    batch = ImportBatch.objects.select_for_update().get(pk=row.batch_id)
    if row.outcome == Outcome.ADDED:
        index = MatchIndex()  # made new by hand: it must not find the candidates again
        work = ParsedWork.from_json(row.parsed["work"])
        row.item = store_work(work, batch, index)
        row.outcome = Outcome.MATCHED
        row.save(update_fields=["item", "outcome"])
    _commit_rows(batch, [row])
    batch.save(update_fields=["counts"])


def summarise_batch(batch: ImportBatch) -> BatchSummary:
    outcomes = dict(batch.rows.values_list("outcome").annotate(count=Count("pk")).values_list("outcome", "count"))
    rejected = batch.rows.filter(outcome=Outcome.REJECTED).order_by("number").values("reason", path=F("place"))
    return BatchSummary(
        batch=batch.pk,
        state=batch.state,
        items_added=batch.items.count(),
        files_added=batch.counts.get("files_added", 0),
        interactions_added=batch.counts.get("interactions_added", 0),
        unchanged=outcomes.get(Outcome.DUPLICATE, 0),
        rejected=[{"path": row["path"], "reason": row["reason"]} for row in rejected[:1000]],
        outcomes=outcomes,
    )


def _beat(batch: ImportBatch, done: int, total: int, on_progress: OnProgress | None) -> None:
    values: dict[str, Any] = {"heartbeat_at": timezone.now()}
    if batch.state == BatchState.READING:
        values |= {"done": done, "total": total}
    ImportBatch.objects.filter(pk=batch.pk).update(**values)
    if on_progress:
        on_progress(done, total)


def _discard_upload(batch: ImportBatch) -> None:
    """An uploaded file has done its work; folders and files that people pointed at are never touched."""
    uploads: Path = settings.UPLOADS_ROOT
    path = Path(batch.path)
    if path.is_relative_to(uploads) and path.parent != uploads:
        shutil.rmtree(path.parent, ignore_errors=True)


def _find_batch(batch_id: int) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise MediarecError("There is no such import.")
    return batch
