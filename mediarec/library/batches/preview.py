"""What adding a batch would change, counted while it is read: works, files and events that are not here yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mediarec.library.importers.base import ParsedEvent, ParsedFile, ParsedRow, ParsedWork
from mediarec.library.interactions import ACTIVE_MARKS, OPPOSITES
from mediarec.library.match_decisions import fingerprint_work
from mediarec.library.matching import Match
from mediarec.library.models import ImportBatch, ImportRow, Interaction, InteractionType, MediaFile, Outcome

MOST_COMPARED = 500_000  # events; of a larger file the same one twice is counted twice
FORESEEN = "foreseen"  # on a settled row: what it adds to the preview, so that it can be taken off again
GOING_IN = (Outcome.ADDED, Outcome.MATCHED)


class ImportPreview:
    """Two rows of one new work are one new item, and the same event twice is one."""

    def __init__(self, person_id: int) -> None:
        self._person_id = person_id
        self._counts: Counter[str] = Counter()
        self._new: set[int] = set()  # hashes, as of events: a history has millions of them
        self._told: set[int] = set()
        self._more = 0

    def add(self, chunk: Sequence[ParsedRow], predicted: Sequence[tuple[Outcome, Match]]) -> None:
        self._counts.update(outcome.value for outcome, _ in predicted)
        going_in = [
            (parsed, match)
            for parsed, (outcome, match) in zip(chunk, predicted, strict=True)
            if outcome in GOING_IN and parsed.work is not None
        ]
        standing = self._load_standing({match.item_id for _, match in going_in if match.item_id})
        self._counts["files"] += _count_new_files([parsed for parsed, _ in going_in])
        fresh = {id(parsed.work): parsed.work for parsed, match in going_in if match.item_id is None and parsed.work}
        named = {key: fingerprint_work(work) for key, work in fresh.items()}
        self._new.update(map(hash, named.values()))
        for parsed, match in going_in:
            about = match.item_id or named[id(parsed.work)]
            known = standing.get(match.item_id or 0)
            events = [event for event in parsed.events if not _is_here(event, known)] if known else parsed.events
            self._note(about, events)

    def _note(self, about: int | str, events: Sequence[ParsedEvent]) -> None:
        if len(self._told) < MOST_COMPARED:
            self._told |= {hash((about, event.what, event.occurred_at)) for event in events}
        else:
            self._more += len(events)

    def to_json(self) -> dict[str, int]:
        return {**self._counts, "items": len(self._new), "interactions": len(self._told) + self._more}

    def _load_standing(self, item_ids: set[int]) -> dict[int, list[tuple[str, object]]]:
        found: dict[int, list[tuple[str, object]]] = {}
        rows = Interaction.objects.filter(person_id=self._person_id, item_id__in=item_ids, withdrawn_at__isnull=True)
        for item_id, what, when in rows.values_list("item_id", "what", "occurred_at") if item_ids else ():
            found.setdefault(item_id, []).append((what, when))
        return found


def _is_here(event: ParsedEvent, known: Sequence[tuple[str, object]]) -> bool:
    """The very event, or a mark that was said again or overturned since (storing/events.py decides alike)."""
    if (event.what, event.occurred_at) in known:
        return True
    if event.what not in ACTIVE_MARKS:
        return False
    against = {event.what, *OPPOSITES.get(InteractionType(event.what), ())}
    return any(what in against and when > event.occurred_at for what, when in known)  # type: ignore[operator]


def _count_new_files(rows: Sequence[ParsedRow]) -> int:
    paths = {row.file.path_hex for row in rows if row.file}
    if not paths:
        return 0
    known = MediaFile.objects.filter(path_raw__in=[bytes.fromhex(path) for path in paths]).count()
    return len(paths) - known


def count_settled(batch: ImportBatch, row: ImportRow) -> None:
    """A row that waited has a person's word now: the preview counts it as what it will be. Saves neither."""
    gain = _preview_row(batch, row)
    row.parsed = {**row.parsed, FORESEEN: gain}
    _shift(batch, {Outcome.REVIEW.value: -1, str(row.outcome): 1}, gain)


def count_reopened(batch: ImportBatch, row: ImportRow) -> None:
    """Before the row waits again."""
    gain = {name: -count for name, count in row.parsed.pop(FORESEEN, {}).items()}
    _shift(batch, {Outcome.REVIEW.value: 1, str(row.outcome): -1}, gain)


def _shift(batch: ImportBatch, *changes: dict[str, int]) -> None:
    counts = dict(batch.counts.get("preview", {}))
    for change in changes:
        for name, more in change.items():
            counts[name] = max(0, counts.get(name, 0) + more)
    batch.counts = {**batch.counts, "preview": counts}


def _preview_row(batch: ImportBatch, row: ImportRow) -> dict[str, int]:
    """What this row adds to what the others of its batch bring; one that is made new by hand is an item of its own."""
    if row.outcome not in GOING_IN:
        return {}
    same = batch.rows.filter(outcome__in=GOING_IN, item=row.item_id).exclude(pk=row.pk) if row.item_id else ()
    told = {_key(event) for other in same for event in other.parsed.get("events", ())}
    events = [ParsedEvent.from_json(event) for event in row.parsed.get("events", ()) if _key(event) not in told]
    file = ParsedFile.from_json(row.parsed["file"]) if row.parsed.get("file") else None
    sight = ImportPreview(batch.person_id)
    parsed = ParsedRow(row.place, ParsedWork.from_json(row.parsed["work"]), file, tuple(events))
    sight.add([parsed], [(Outcome(row.outcome), Match(row.item_id))])
    return {name: sight.to_json().get(name, 0) for name in ("items", "interactions", "files")}


def _key(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["what"], event["occurred_at"]
