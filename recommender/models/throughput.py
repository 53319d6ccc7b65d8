"""How fast this machine really was: what an estimate is made of, and what the page of models shows."""

from django.db import models


class MeasuredPace(models.Model):
    """Seconds one backend took for one item on this machine, an average in which later runs count more."""

    stage = models.CharField(max_length=20)
    backend = models.CharField(max_length=140, help_text="name and version")
    seconds_per_item = models.FloatField()
    items = models.PositiveIntegerField(default=0)
    measured_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stage", "backend"], name="pace_unique")]

    def __str__(self) -> str:
        return f"{self.backend}: {self.seconds_per_item:.4f} s"
