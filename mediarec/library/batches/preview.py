"""Counts what committing a batch would add, while it is read: works, files and events that do not exist yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedFile, ParsedRow, ParsedWork
from mediarec.library.interactions import ACTIVE_MARKS, OPPOSITES
from mediarec.library.match_decisions import fingerprint_work
from mediarec.library.matching import Match
from mediarec.library.models import ImportBatch, ImportRow, Interaction, InteractionType, MediaFile, Outcome

MOST_COMPARED = 500_000  # events; beyond this, duplicates within the batch are counted twice
PREVIEW_SHARE = "foreseen"  # key in `parsed` of a resolved row: its share of the preview, which reopening subtracts
IMPORTABLE_OUTCOMES = (Outcome.ADDED, Outcome.MATCHED)


class ImportPreview:
    """Running counts; two rows of one new work count as one item, and equal events as one."""

    def __init__(self, person_id: int) -> None:
        self._person_id = person_id
        self._counts: Counter[str] = Counter()
        self._new_works: set[int] = set()  # hashes, also for events: a history has millions
        self._event_hashes: set[int] = set()
        self._uncompared_events = 0

    def add(self, chunk: Sequence[ParsedRow], predicted: Sequence[tuple[Outcome, Match]]) -> None:
        self._counts.update(outcome.value for outcome, _ in predicted)
        importable = [
            (parsed, match)
            for parsed, (outcome, match) in zip(chunk, predicted, strict=True)
            if outcome in IMPORTABLE_OUTCOMES and parsed.work is not None
        ]
        active = self._load_active({match.item_id for _, match in importable if match.item_id})
        self._counts["files"] += _count_new_files([parsed for parsed, _ in importable])
        new_works = {
            id(parsed.work): parsed.work for parsed, match in importable if match.item_id is None and parsed.work
        }
        fingerprints = {key: fingerprint_work(work) for key, work in new_works.items()}
        self._new_works.update(map(hash, fingerprints.values()))
        for parsed, match in importable:
            identity = match.item_id or fingerprints[id(parsed.work)]
            item_events = active.get(match.item_id or 0)
            events = (
                [event for event in parsed.events if not _exists(event, item_events)] if item_events else parsed.events
            )
            self._count_events(identity, events)

    def _count_events(self, identity: int | str, events: Sequence[ParsedEvent]) -> None:
        if len(self._event_hashes) < MOST_COMPARED:
            self._event_hashes |= {hash((identity, event.what, event.occurred_at)) for event in events}
        else:
            self._uncompared_events += len(events)

    def to_json(self) -> dict[str, int]:
        return {
            **self._counts,
            "items": len(self._new_works),
            "interactions": len(self._event_hashes) + self._uncompared_events,
        }

    def _load_active(self, item_ids: set[int]) -> dict[int, list[tuple[str, object]]]:
        active: dict[int, list[tuple[str, object]]] = {}
        rows = Interaction.objects.filter(person_id=self._person_id, item_id__in=item_ids, withdrawn_at__isnull=True)
        for item_id, what, when in rows.values_list("item_id", "what", "occurred_at") if item_ids else ():
            active.setdefault(item_id, []).append((what, when))
        return active


def _exists(event: ParsedEvent, existing: Sequence[tuple[str, object]]) -> bool:
    """Whether the event exists, or is a mark with a newer equal or opposite one (as persistence/events.py decides)."""
    if (event.what, event.occurred_at) in existing:
        return True
    if event.what not in ACTIVE_MARKS:
        return False
    opposing = {event.what, *OPPOSITES.get(InteractionType(event.what), ())}
    return any(what in opposing and when > event.occurred_at for what, when in existing)  # type: ignore[operator]


def _count_new_files(rows: Sequence[ParsedRow]) -> int:
    paths = {row.file.path_hex for row in rows if row.file}
    if not paths:
        return 0
    known = MediaFile.objects.filter(path_raw__in=[bytes.fromhex(path) for path in paths]).count()
    return len(paths) - known


def count_resolved(batch: ImportBatch, row: ImportRow) -> None:
    """Updates the counts after a person resolved a row. Saves neither the batch nor the row."""
    changes = _preview_row(batch, row)
    row.parsed = {**row.parsed, PREVIEW_SHARE: changes}
    _adjust_counts(batch, {Outcome.REVIEW.value: -1, str(row.outcome): 1}, changes)


def count_reopened(batch: ImportBatch, row: ImportRow) -> None:
    """Updates the counts before a resolved row is put back for review. Saves neither the batch nor the row."""
    changes = {name: -count for name, count in row.parsed.pop(PREVIEW_SHARE, {}).items()}
    _adjust_counts(batch, {Outcome.REVIEW.value: 1, str(row.outcome): -1}, changes)


def _adjust_counts(batch: ImportBatch, *changes: dict[str, int]) -> None:
    counts = dict(batch.counts.get("preview", {}))
    for change in changes:
        for name, more in change.items():
            counts[name] = max(0, counts.get(name, 0) + more)
    batch.counts = {**batch.counts, "preview": counts}


def _preview_row(batch: ImportBatch, row: ImportRow) -> dict[str, int]:
    """What this row adds beyond the other rows of its batch; a row made new by hand counts as an item of its own."""
    if row.outcome not in IMPORTABLE_OUTCOMES:
        return {}
    other_rows = (
        batch.rows.filter(outcome__in=IMPORTABLE_OUTCOMES, item=row.item_id).exclude(pk=row.pk) if row.item_id else ()
    )
    other_events = {_key(event) for other in other_rows for event in other.parsed.get("events", ())}
    events = [ParsedEvent.from_json(event) for event in row.parsed.get("events", ()) if _key(event) not in other_events]
    file = ParsedFile.from_json(row.parsed["file"]) if row.parsed.get("file") else None
    preview = ImportPreview(batch.person_id)
    parsed = ParsedRow(row.place, ParsedWork.from_json(row.parsed["work"]), file, tuple(events))
    preview.add([parsed], [(Outcome(row.outcome), Match(row.item_id))])
    return {name: preview.to_json().get(name, 0) for name in ("items", "interactions", "files")}


def _key(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["what"], event["occurred_at"]
