"""Import batches and their rows, so that an import can be previewed, reviewed and undone."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class BatchState(models.TextChoices):
    READING = "reading", "Reading"
    PREVIEW = "preview", "Ready to review"
    COMMITTING = "committing", "Adding"
    COMMITTED = "committed", "Added"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNDOING = "undoing", "Undoing"
    UNDONE = "undone", "Undone"


class Outcome(models.TextChoices):
    PENDING = "pending", "Waiting"
    ADDED = "added", "New item"
    MATCHED = "matched", "Matched"
    DUPLICATE = "duplicate", "Already imported"
    REVIEW = "review", "Needs review"
    REJECTED = "rejected", "Not readable"


class ImportBatch(models.Model):
    """One import. `counts` holds items_added, files_added, interactions_added and one number per outcome."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    source = models.CharField(max_length=30, help_text="the importer's name")
    label = models.TextField(help_text="what a person recognises it by: a folder or file name")
    path = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=BatchState, default=BatchState.READING)
    auto_commit = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    committed_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known")]

    def __str__(self) -> str:
        return f"{self.label} ({self.source})"


class ImportRow(models.Model):
    """One row or file of a batch: raw, parsed, and its outcome."""

    # No index: the unique constraint's index starts with this column.
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    place = models.TextField(help_text="file and line, as a person would look for it")
    raw = models.JSONField(default=dict, blank=True)
    parsed = models.JSONField(default=dict, blank=True)
    item = models.ForeignKey("Item", null=True, blank=True, on_delete=models.SET_NULL, related_name="import_rows")
    confidence = models.FloatField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["batch", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_row_number"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="import_row_outcome_known"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__range=(0, 1)), name="import_row_confidence_unit"
            ),
        ]

    def __str__(self) -> str:
        return self.place
