"""Slates and impressions: what was shown, where and why, so that evaluation can replay it."""

import uuid

from django.conf import settings
from django.db import models


class SlateRecord(models.Model):
    """One slate of the pipeline: the request and the ranker that produced it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="slates")
    surface = models.CharField(max_length=30)
    request = models.JSONField(default=dict)
    ranker = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.surface} {self.created_at:%Y-%m-%d %H:%M}"


class Impression(models.Model):
    """One item of a slate, with its score and the candidate sources that proposed it."""

    slate = models.ForeignKey(SlateRecord, on_delete=models.CASCADE, related_name="impressions")
    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="impressions")
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()
    sources = models.JSONField(default=list)

    class Meta:
        ordering = ["slate", "position"]
        constraints = [models.UniqueConstraint(fields=["slate", "position"], name="impression_position")]

    def __str__(self) -> str:
        return f"{self.slate_id}#{self.position}"
