"""Tables of features extracted from media: timed text, measured values, vectors of moments, duplicate candidates."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from pgvector.django import HalfVectorField

from mediarec.library.models.items import PENDING_KB
from recommender.models.understanding import EmbeddingSpace

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class WordSource(models.TextChoices):
    SUBTITLES = "subtitles", "Subtitles"
    LYRICS = "lyrics", "Lyrics"
    POSTER = "poster", "Words on the poster"
    FRAMES = "frames", "Words on screen"


class Passage(models.Model):
    """A passage of text from one item's media. `start_seconds` is None where it has no time, as on a poster.

    `is_certain` is false for recognised (OCR) text, which is shown as a guess.
    """

    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="passages")
    source = models.CharField(max_length=10, choices=WordSource)
    language = models.CharField(max_length=16, blank=True)
    start_seconds = models.FloatField(null=True, blank=True)
    text = models.TextField()
    is_certain = models.BooleanField(default=True)
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["item", "source"], name="passage_item_source"),
            GinIndex(fields=["search"], name="passage_search", gin_pending_list_limit=PENDING_KB),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Reading(models.Model):
    """The result of one extractor on one item's content, with the measured values; an empty result is stored too.

    `skipped` names the parts that could not be loaded then: when one can, the item is read again.
    """

    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="readings")
    reader = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    content_hash = models.CharField(max_length=100)
    values = models.JSONField(default=dict, blank=True)
    skipped = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "reader"], name="reading_unique")]

    def __str__(self) -> str:
        return f"{self.reader}:{self.item_id}"


class LoadFailure(models.Model):
    """A model or reader that could not be loaded here when it was last tried, and why. Its work waits meanwhile."""

    part = models.CharField(max_length=100, unique=True)
    reason = models.TextField()
    tried_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.part

    @classmethod
    def make_due(cls) -> None:
        """What was installed since may have mended it: each is tried again soon."""
        cls.objects.update(tried_at=LONG_AGO)


class MomentVector(models.Model):
    """An image vector of one moment of an item, unit length: a clip has several, not only their mean."""

    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="moments")
    space = models.ForeignKey(EmbeddingSpace, on_delete=models.CASCADE, related_name="moments")
    start_seconds = models.FloatField()
    vector = HalfVectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "item", "start_seconds"], name="moment_unique")]

    def __str__(self) -> str:
        return f"{self.item_id} at {self.start_seconds:.0f} s"


class SameThing(models.Model):
    """A candidate pair of duplicates. Proposed by measures, decided by a person; nothing is merged automatically."""

    class Verdict(models.TextChoices):
        OPEN = "open", "Not decided"
        SAME = "same", "The same"
        DIFFERENT = "different", "Different"

    first = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="+")
    reasons = models.JSONField(default=list, help_text="sentences, one per measure that agrees")
    score = models.FloatField()
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="same_thing_unique"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="same_thing_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"
