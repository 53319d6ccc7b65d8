"""The summary of an import, for people and for `manage.py import --json`."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F

from mediarec.library.models import BatchState, ImportBatch, Outcome

MOST_REJECTED = 1000  # rows listed here; the downloadable report has all of them


@dataclass(frozen=True)
class BatchSummary:
    """Counts of what a batch added, or would add while it is not committed."""

    batch: int
    state: str
    items_added: int
    files_added: int
    interactions_added: int
    unchanged: int
    rejected: list[dict[str, str]]
    outcomes: dict[str, int]
    format: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "batch": self.batch,
            "format": self.format,
            "rows": sum(self.outcomes.values()),
            "matched": self.outcomes.get(Outcome.MATCHED, 0) + self.unchanged,
            "new_items": self.items_added,
            "review": self.outcomes.get(Outcome.REVIEW, 0),
            "items_added": self.items_added,
            "files_added": self.files_added,
            "interactions_added": self.interactions_added,
            "rejected": [{"row": row["path"], **row} for row in self.rejected],
        }


def summarise_batch(batch: ImportBatch) -> BatchSummary:
    outcome_counts = batch.rows.order_by().values_list("outcome").annotate(count=Count("pk"))
    outcomes = {str(outcome): int(count) for outcome, count in outcome_counts}
    rejected = batch.rows.filter(outcome=Outcome.REJECTED).order_by("number").values("reason", path=F("place"))
    preview = batch.counts.get("preview", {}) if batch.state == BatchState.PREVIEW else {}
    return BatchSummary(
        batch=batch.pk,
        state=batch.state,
        items_added=preview.get("items", 0) if preview else batch.items.count(),
        files_added=preview.get("files", batch.counts.get("files_added", 0)),
        interactions_added=preview.get("interactions", batch.counts.get("interactions_added", 0)),
        unchanged=outcomes.get(Outcome.DUPLICATE, 0),
        rejected=[{"path": row["path"], "reason": row["reason"]} for row in rejected[:MOST_REJECTED]],
        outcomes=outcomes,
        format=batch.source,
    )
