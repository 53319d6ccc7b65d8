"""Decisions about items: remembered match decisions, merges and splits."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Decision(models.TextChoices):
    ITEM = "item", "It is this item"
    NEW = "new", "It is a new item"
    SKIP = "skip", "Left out"


class RememberedChoice(models.Model):
    """A decision on an uncertain match. `fingerprint` is a digest of what identifies the work, so that the same row of
    a later import is decided by it. Without a person it holds for the whole household."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="choices"
    )
    fingerprint = models.CharField(max_length=64)
    decision = models.CharField(max_length=4, choices=Decision)
    item = models.ForeignKey("Item", null=True, blank=True, on_delete=models.CASCADE, related_name="choices")
    told = models.TextField(help_text="what the row called its work")
    row = models.ForeignKey("ImportRow", null=True, blank=True, on_delete=models.SET_NULL, related_name="choices")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["person", "fingerprint"], name="choice_once", nulls_distinct=False),
            models.CheckConstraint(condition=~Q(decision="item") | Q(item__isnull=False), name="choice_names_item"),
        ]

    def __str__(self) -> str:
        return f"{self.told}: {self.get_decision_display()}"


class ItemChange(models.Model):
    """A merge or a split; `record` holds every row needed to undo it."""

    class Act(models.TextChoices):
        MERGE = "merge", "Merged"
        SPLIT = "split", "Split"

    act = models.CharField(max_length=5, choices=Act)
    item = models.ForeignKey(
        "Item", null=True, on_delete=models.SET_NULL, related_name="changes", help_text="the one that stayed"
    )
    label = models.TextField()
    record = models.JSONField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="item_changes"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.label
