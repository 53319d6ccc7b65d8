"""Background work as rows, so that a killed worker or an emptied broker loses nothing."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One background job. `unit` is what `done` and `total` count."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=40, help_text="import, enrichment, training, setup")
    label = models.TextField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=20, default="items")
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "running", "paused", "done", "failed", "cancelled")),
                name="job_state_known",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Switch(models.Model):
    """A named on/off setting of the household, such as "enrichment_paused"."""

    name = models.CharField(max_length=40, primary_key=True)
    is_on = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name}: {'on' if self.is_on else 'off'}"
