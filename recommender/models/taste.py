"""A person's taste profile in readable sentences, their standing rules, and their corrections."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from mediarec.library.models import Interaction


class TasteStatement(models.Model):
    """A readable statement such as "slow science fiction", with sign, weight and the items it was derived from."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="taste_statements")
    text = models.TextField()
    sign = models.SmallIntegerField(default=1)
    weight = models.FloatField(default=1.0)
    feature = models.JSONField(default=dict, help_text="the genre, tag or contributor it stands for")
    evidence = models.JSONField(default=list, help_text="item ids it was read from")
    is_edited = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "text"], name="statement_unique"),
            models.CheckConstraint(condition=Q(sign__in=(-1, 1)), name="statement_sign"),
        ]

    def __str__(self) -> str:
        return self.text


class SteeringRule(models.Model):
    """A standing rule ("no more true crime"); `filters` holds the fields of `recommender.types.Filters`."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="steering_rules")
    text = models.TextField(help_text="the person's own words")
    understood = models.TextField(help_text="what was understood, as a sentence")
    filters = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.understood


class UnusedItem(models.Model):
    """An item that a person excluded from their taste profile; its events stay in the history."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unused_items")
    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="unused_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "item"], name="unused_item_once")]

    def __str__(self) -> str:
        return f"{self.item_id} says nothing of {self.person_id}"


class EventVerdict(models.Model):
    """A person's answer to whether an outlier event was theirs; the event is not asked about again."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="event_verdicts")
    interaction = models.OneToOneField(Interaction, on_delete=models.CASCADE, related_name="verdict")
    is_mine = models.BooleanField()
    answered_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-answered_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.interaction_id} was {'' if self.is_mine else 'not '}{self.person_id}"
