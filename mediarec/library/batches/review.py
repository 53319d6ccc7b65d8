"""Rows that need a look: a person's word on them, what it is remembered by, and taking it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from mediarec.library import match_decisions
from mediarec.library.artwork import remove_unused_artwork
from mediarec.library.batches.commit import store_rows
from mediarec.library.batches.play_rows import STORED
from mediarec.library.batches.preview import FORESEEN, count_reopened, count_settled
from mediarec.library.batches.undo import find_unused, restore_changes
from mediarec.library.errors import NotFoundError, NotUnderstoodError
from mediarec.library.importers.base import ParsedEvent, ParsedWork
from mediarec.library.item_lookup import find_item
from mediarec.library.matching import IndexedWork, load_index
from mediarec.library.matching.comparison import compare_works
from mediarec.library.matching.evidence import Evidence
from mediarec.library.matching.matcher import list_candidates
from mediarec.library.models import (
    BatchState,
    Decision,
    ImportBatch,
    ImportRow,
    Interaction,
    Item,
    MediaFile,
    Outcome,
    RememberedChoice,
)
from mediarec.library.persistence.pictures import PictureReader

OPEN_STATES = (BatchState.PREVIEW, BatchState.COMMITTING, BatchState.COMMITTED)
MOST_CANDIDATES = 8
UNRESOLVED = frozenset({"by_hand", "asked", "undo", FORESEEN})
SAID = {Decision.ITEM: "chosen by hand", Decision.NEW: "made new by hand", Decision.SKIP: "left out by hand"}


@transaction.atomic
def resolve_row(row_id: int, choice: int | str, *, for_everyone: bool = False) -> ImportRow:
    """A person's word on a row that needed a look: an item's id, "new" or "skip". Stored at once after a commit.

    It is remembered for the person, or for the household. Raises NotFoundError where nothing waits, NotUnderstoodError
    for another word or an item of another kind.
    """
    row, batch = _lock(row_id)
    if row is None or batch is None or row.outcome != Outcome.REVIEW or batch.state not in OPEN_STATES:
        raise NotFoundError("That row does not wait for anybody any more.")
    if not isinstance(choice, int) and choice not in {Decision.NEW, Decision.SKIP}:
        raise NotUnderstoodError("Choose the item it is, a new one, or to leave it out.")
    decision = Decision.ITEM if isinstance(choice, int) else Decision(choice)
    item = _find_choice(row, choice) if isinstance(choice, int) else None
    mark_resolved(row, decision, item, SAID[decision])
    if batch.state == BatchState.PREVIEW:
        count_settled(batch, row)
        batch.save(update_fields=["counts"])
    row.save()
    match_decisions.record_decision(row, decision, item, for_everyone=for_everyone)
    if row.outcome in STORED and (batch.state == BatchState.COMMITTED or row.number <= batch.done):
        store_rows(batch, [row], PictureReader())
        batch.save(update_fields=["counts"])
    return row


def mark_resolved(row: ImportRow, decision: Decision, item: Item | None, reason: str) -> None:
    """Writes the decision on the row, with what taking it back needs. The caller saves it."""
    asked = {"item": row.item_id, "confidence": row.confidence, "reason": row.reason}
    row.parsed = {**row.parsed, "by_hand": decision.value, "asked": asked}
    row.item, row.reason = item, reason
    row.outcome = {Decision.ITEM: Outcome.MATCHED, Decision.NEW: Outcome.ADDED, Decision.SKIP: Outcome.REJECTED}[
        decision
    ]
    if item is not None:
        row.confidence = 1.0


@transaction.atomic
def reopen_row(row_id: int) -> ImportRow:
    """Takes a decision on a row back: what it stored goes, what was remembered is forgotten, the row waits again."""
    row, batch = _lock(row_id)
    if row is None or batch is None or "by_hand" not in row.parsed or batch.state not in OPEN_STATES:
        raise NotFoundError("Nothing was decided on that row that could be taken back.")
    if row.outcome not in {Outcome.REJECTED, Outcome.REVIEW} and row.item_id:
        _detach(row, batch)
    if batch.state == BatchState.PREVIEW:
        count_reopened(batch, row)
        batch.save(update_fields=["counts"])
    RememberedChoice.objects.filter(row=row).delete()
    asked = row.parsed.get("asked", {})
    row.parsed = {name: value for name, value in row.parsed.items() if name not in UNRESOLVED}
    row.item = Item.objects.filter(pk=asked.get("item")).first()
    row.outcome, row.confidence, row.reason = Outcome.REVIEW, asked.get("confidence"), asked.get("reason", "")
    row.save()
    return row


def _detach(row: ImportRow, batch: ImportBatch) -> None:
    """What this row alone brought: events, its file, what it filled in, and the item where nothing else holds it."""
    item_id = row.item_id
    if item_id is None or not (batch.state == BatchState.COMMITTED or row.number <= batch.done):
        return
    gone = _list_own_events(row, batch, item_id)
    Interaction.objects.filter(pk__in=gone).delete()
    if path := (row.parsed.get("file") or {}).get("path_hex"):
        MediaFile.objects.filter(batch=batch, path_raw=bytes.fromhex(path)).delete()
    pictures = restore_changes(row.parsed.get("undo", {}))
    counted = batch.counts.get("interactions_added", 0) - len(gone)
    batch.counts = {**batch.counts, "interactions_added": max(0, counted)}
    batch.save(update_fields=["counts"])
    if not batch.rows.filter(item_id=item_id).exclude(pk=row.pk).exists():
        unused = find_unused(batch, {item_id}).filter(batch=batch)
        pictures |= set(unused.values_list("artwork", flat=True))
        Item.objects.filter(pk__in=list(unused.values_list("pk", flat=True))).delete()
    remove_unused_artwork(pictures)


def _list_own_events(row: ImportRow, batch: ImportBatch, item_id: int) -> list[int]:
    """Events of the row that no other row of the batch tells of the same item."""
    others = batch.rows.filter(item_id=item_id, outcome__in=STORED).exclude(pk=row.pk)
    told = {_key(event) for other in others for event in other.parsed.get("events", ())}
    own = {_key(event) for event in row.parsed.get("events", ())} - told
    found = Interaction.objects.filter(batch=batch, item_id=item_id)
    return [one.pk for one in found if (one.what, one.occurred_at) in own]


def _key(event: dict[str, Any]) -> tuple[str, Any]:
    parsed = ParsedEvent.from_json(event)
    return parsed.what, parsed.occurred_at


def _lock(row_id: int) -> tuple[ImportRow | None, ImportBatch | None]:
    """The batch before its row, as committing takes them."""
    found = ImportRow.objects.filter(pk=row_id).values_list("batch_id", flat=True).first()
    batch = ImportBatch.objects.select_for_update().filter(pk=found).first() if found else None
    return ImportRow.objects.select_for_update().filter(pk=row_id).first(), batch


def _find_choice(row: ImportRow, item_id: int) -> Item:
    item = find_item(item_id)
    kind = (row.parsed.get("work") or {}).get("kind")
    if item.kind != kind:
        raise NotUnderstoodError(f"{item} is a {item.get_kind_display().lower()}, and this row is about a {kind}.")
    return item


def list_row_candidates(row: ImportRow) -> list[tuple[int, Evidence]]:
    """Items of the library that the row may be about, the surest first, with reasons."""
    work = ParsedWork.from_json(row.parsed["work"])
    index = load_index([work])
    found = {known.item_id: evidence for known, evidence in list_candidates(work, index)}
    named = {index.by_id[pair]: pair[0] for pair in work.ids.items() if pair in index.by_id}
    for item_id, namespace in named.items():
        if index.kinds.get(item_id) == work.kind:
            found[item_id] = Evidence(row.confidence or 0.0, (f"the same {namespace} id",))
    alike: dict[int, IndexedWork] = {known.item_id: known for known in index.find(work)}
    for item_id, known in alike.items():  # also what the numbers rule out: a person may know better
        found.setdefault(item_id, Evidence(compare_works(work, known.work).confidence, _tell_apart(work, known.work)))
    ordered = sorted(found.items(), key=lambda one: (-one[1].confidence, one[0]))
    return ordered[:MOST_CANDIDATES]


def _tell_apart(work: ParsedWork, known: ParsedWork) -> tuple[str, ...]:
    """Why two works of one title are probably not the same."""
    if work.year and known.year and work.year != known.year:
        return ("the same title", f"but from {known.year}, not {work.year}")
    return ("the same title", "but little else agrees")
