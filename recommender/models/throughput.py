"""Measured throughput on this machine, for time estimates and the models page."""

from django.db import models


class MeasuredPace(models.Model):
    """Seconds per item of one backend on this machine: an exponential moving average over runs."""

    stage = models.CharField(max_length=20)
    backend = models.CharField(max_length=140, help_text="name and version")
    seconds_per_item = models.FloatField()
    items = models.PositiveIntegerField(default=0)
    measured_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stage", "backend"], name="pace_unique")]

    def __str__(self) -> str:
        return f"{self.backend}: {self.seconds_per_item:.4f} s"
