"""Review of uncertain rows: a person's decision, remembering it, and taking it back."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from mediarec.library import match_decisions
from mediarec.library.artwork import remove_unused_artwork
from mediarec.library.batches.commit import store_rows
from mediarec.library.batches.play_rows import STORED
from mediarec.library.batches.preview import PREVIEW_SHARE, count_reopened, count_resolved
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
UNRESOLVED = frozenset({"by_hand", "asked", "undo", PREVIEW_SHARE})
DECISION_REASONS = {
    Decision.ITEM: "chosen by hand",
    Decision.NEW: "made new by hand",
    Decision.SKIP: "left out by hand",
}


@transaction.atomic
def resolve_row(row_id: int, choice: int | str, *, for_everyone: bool = False) -> ImportRow:
    """Applies a person's decision on a row in review: an item's id, "new" or "skip". Stored at once after a commit.

    The decision is remembered for the person, or for the household. Raises NotFoundError where the row is not in
    review, NotUnderstoodError for any other choice or an item of another kind.
    """
    row, batch = _lock(row_id)
    if row is None or batch is None or row.outcome != Outcome.REVIEW or batch.state not in OPEN_STATES:
        raise NotFoundError("That row does not wait for review any more.")
    if not isinstance(choice, int) and choice not in {Decision.NEW, Decision.SKIP}:
        raise NotUnderstoodError("Choose an existing item, a new one, or to leave the row out.")
    decision = Decision.ITEM if isinstance(choice, int) else Decision(choice)
    item = _find_choice(row, choice) if isinstance(choice, int) else None
    mark_resolved(row, decision, item, DECISION_REASONS[decision])
    if batch.state == BatchState.PREVIEW:
        count_resolved(batch, row)
        batch.save(update_fields=["counts"])
    row.save()
    match_decisions.record_decision(row, decision, item, for_everyone=for_everyone)
    if row.outcome in STORED and (batch.state == BatchState.COMMITTED or row.number <= batch.done):
        store_rows(batch, [row], PictureReader())
        batch.save(update_fields=["counts"])
    return row


def mark_resolved(row: ImportRow, decision: Decision, item: Item | None, reason: str) -> None:
    """Writes the decision on the row, with what reopening needs to restore. The caller saves it."""
    original = {"item": row.item_id, "confidence": row.confidence, "reason": row.reason}
    row.parsed = {**row.parsed, "by_hand": decision.value, "asked": original}
    row.item, row.reason = item, reason
    row.outcome = {Decision.ITEM: Outcome.MATCHED, Decision.NEW: Outcome.ADDED, Decision.SKIP: Outcome.REJECTED}[
        decision
    ]
    if item is not None:
        row.confidence = 1.0


@transaction.atomic
def reopen_row(row_id: int) -> ImportRow:
    """Takes back a decision: removes what it stored, forgets the remembered decision, returns the row to review."""
    row, batch = _lock(row_id)
    if row is None or batch is None or "by_hand" not in row.parsed or batch.state not in OPEN_STATES:
        raise NotFoundError("Nothing was decided on that row that could be taken back.")
    if row.outcome not in {Outcome.REJECTED, Outcome.REVIEW} and row.item_id:
        _detach(row, batch)
    if batch.state == BatchState.PREVIEW:
        count_reopened(batch, row)
        batch.save(update_fields=["counts"])
    RememberedChoice.objects.filter(row=row).delete()
    original = row.parsed.get("asked", {})
    row.parsed = {name: value for name, value in row.parsed.items() if name not in UNRESOLVED}
    row.item = Item.objects.filter(pk=original.get("item")).first()
    row.outcome, row.confidence, row.reason = Outcome.REVIEW, original.get("confidence"), original.get("reason", "")
    row.save()
    return row


def _detach(row: ImportRow, batch: ImportBatch) -> None:
    """Removes what only this row added: events, its file, filled-in fields, and the item where nothing refers to it."""
    item_id = row.item_id
    if item_id is None or not (batch.state == BatchState.COMMITTED or row.number <= batch.done):
        return
    event_ids = _list_exclusive_events(row, batch, item_id)
    Interaction.objects.filter(pk__in=event_ids).delete()
    if path := (row.parsed.get("file") or {}).get("path_hex"):
        MediaFile.objects.filter(batch=batch, path_raw=bytes.fromhex(path)).delete()
    pictures = restore_changes(row.parsed.get("undo", {}))
    remaining = batch.counts.get("interactions_added", 0) - len(event_ids)
    batch.counts = {**batch.counts, "interactions_added": max(0, remaining)}
    batch.save(update_fields=["counts"])
    if not batch.rows.filter(item_id=item_id).exclude(pk=row.pk).exists():
        unused = find_unused(batch, {item_id}).filter(batch=batch)
        pictures |= set(unused.values_list("artwork", flat=True))
        Item.objects.filter(pk__in=list(unused.values_list("pk", flat=True))).delete()
    remove_unused_artwork(pictures)


def _list_exclusive_events(row: ImportRow, batch: ImportBatch, item_id: int) -> list[int]:
    """Ids of events of the row that no other row of the batch has for the same item."""
    others = batch.rows.filter(item_id=item_id, outcome__in=STORED).exclude(pk=row.pk)
    other_keys = {_key(event) for other in others for event in other.parsed.get("events", ())}
    own_keys = {_key(event) for event in row.parsed.get("events", ())} - other_keys
    events = Interaction.objects.filter(batch=batch, item_id=item_id)
    return [interaction.pk for interaction in events if (interaction.what, interaction.occurred_at) in own_keys]


def _key(event: dict[str, Any]) -> tuple[str, Any]:
    parsed = ParsedEvent.from_json(event)
    return parsed.what, parsed.occurred_at


def _lock(row_id: int) -> tuple[ImportRow | None, ImportBatch | None]:
    """Locks the batch before its row, in the same order as committing, to avoid deadlocks."""
    batch_id = ImportRow.objects.filter(pk=row_id).values_list("batch_id", flat=True).first()
    batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first() if batch_id else None
    return ImportRow.objects.select_for_update().filter(pk=row_id).first(), batch


def _find_choice(row: ImportRow, item_id: int) -> Item:
    item = find_item(item_id)
    kind = (row.parsed.get("work") or {}).get("kind")
    if item.kind != kind:
        raise NotUnderstoodError(f"{item} is a {item.get_kind_display().lower()}, and this row is about a {kind}.")
    return item


def list_row_candidates(row: ImportRow) -> list[tuple[int, Evidence]]:
    """Items that the row may be about, with evidence, in descending order of confidence."""
    work = ParsedWork.from_json(row.parsed["work"])
    index = load_index([work])
    evidence_by_item = {indexed.item_id: evidence for indexed, evidence in list_candidates(work, index)}
    namespaces = {index.by_id[pair]: pair[0] for pair in work.ids.items() if pair in index.by_id}
    for item_id, namespace in namespaces.items():
        if index.kinds.get(item_id) == work.kind:
            evidence_by_item[item_id] = Evidence(row.confidence or 0.0, (f"the same {namespace} id",))
    similar: dict[int, IndexedWork] = {indexed.item_id: indexed for indexed in index.find(work)}
    for item_id, indexed in similar.items():  # include items that matching rules out: a person may know better
        evidence_by_item.setdefault(
            item_id, Evidence(compare_works(work, indexed.work).confidence, _explain_difference(work, indexed.work))
        )
    ordered = sorted(evidence_by_item.items(), key=lambda entry: (-entry[1].confidence, entry[0]))
    return ordered[:MOST_CANDIDATES]


def _explain_difference(work: ParsedWork, known: ParsedWork) -> tuple[str, ...]:
    """Reasons why two works of one title are probably different."""
    if work.year and known.year and work.year != known.year:
        return ("the same title", f"but from {known.year}, not {work.year}")
    return ("the same title", "but little else agrees")
