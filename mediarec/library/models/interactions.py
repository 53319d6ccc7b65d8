"""Interactions of people with items. Append-only: undoing sets `withdrawn_at`, nothing else is rewritten."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class InteractionType(models.TextChoices):
    PLAYED = "played", "Played"
    FINISHED = "finished", "Finished"
    ABANDONED = "abandoned", "Abandoned"
    SKIPPED = "skipped", "Skipped"
    LIKED = "liked", "Liked"
    DISLIKED = "disliked", "Disliked"
    RATED = "rated", "Rated"
    SAVED = "saved", "Saved for later"
    HIDDEN = "hidden", "Hidden"


POSITIVE = (InteractionType.PLAYED, InteractionType.FINISHED, InteractionType.LIKED, InteractionType.SAVED)
NEGATIVE = (InteractionType.ABANDONED, InteractionType.SKIPPED, InteractionType.DISLIKED, InteractionType.HIDDEN)
SEEN = (InteractionType.PLAYED, InteractionType.FINISHED, InteractionType.ABANDONED, InteractionType.RATED)
LIKED_RATING = 0.7  # of 0..1: ratings from three and a half of five stars are positive
DISLIKED_RATING = 0.45  # ratings below two and a half stars are negative


class Interaction(models.Model):
    """`value` is a rating scaled to 0..1, `progress` the share watched or heard, both null where unknown."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interactions")
    item = models.ForeignKey("Item", on_delete=models.CASCADE, related_name="interactions")
    what = models.CharField(max_length=10, choices=InteractionType)
    value = models.FloatField(null=True, blank=True)
    progress = models.FloatField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    origin = models.CharField(max_length=20, default="page")
    batch = models.ForeignKey(
        "ImportBatch", null=True, blank=True, on_delete=models.CASCADE, related_name="interactions"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item", "what", "occurred_at"],
                condition=Q(withdrawn_at__isnull=True),
                name="interaction_once",
            ),
            models.CheckConstraint(condition=Q(what__in=InteractionType.values), name="interaction_what_known"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__range=(0, 1)), name="interaction_value_unit"
            ),
            models.CheckConstraint(
                condition=Q(progress__isnull=True) | Q(progress__range=(0, 1)), name="interaction_progress_unit"
            ),
            models.CheckConstraint(condition=~Q(what="rated") | Q(value__isnull=False), name="interaction_rated_value"),
        ]
        indexes = [
            models.Index(
                fields=["person", "-occurred_at"], condition=Q(withdrawn_at__isnull=True), name="interaction_recent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.what} {self.item_id}"
