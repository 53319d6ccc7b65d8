"""Progress of catalogue imports, so that an interrupted run resumes."""

from django.db import models
from django.db.models import Q


class CatalogueState(models.TextChoices):
    STAGING = "staging", "Reading"
    MERGING = "merging", "Adding"
    DONE = "done", "Done"


class CatalogueRun(models.Model):
    """One catalogue with one set of filters. `fingerprint` is a digest of both and of the files.

    Rows are staged in tables named after the run; `merged` is the last of them merged into the library.
    """

    catalogue = models.CharField(max_length=20)
    label = models.TextField(help_text="the files' names")
    fingerprint = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=8, choices=CatalogueState, default=CatalogueState.STAGING)
    staged = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    rejected = models.JSONField(default=list, blank=True, help_text="the first of the rows that were not understood")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CatalogueState.values), name="catalogue_state_known")
        ]

    def __str__(self) -> str:
        return f"{self.catalogue}: {self.label}"
