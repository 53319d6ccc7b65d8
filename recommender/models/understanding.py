"""Tables of derived item data: descriptions, embedding spaces, vectors, failures, trained rankers."""

from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField


class Modality(models.TextChoices):
    TEXT = "text", "Text"
    IMAGE = "image", "Picture"
    AUDIO = "audio", "Sound"
    TASTE = "taste", "Ranker's item space"


class Description(models.Model):
    """A sentence or two about an item, by one describer from one set of facts (`facts_hash`)."""

    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="descriptions")
    describer = models.CharField(max_length=80, help_text="'template', or the language model's name")
    version = models.CharField(max_length=40)
    facts_hash = models.CharField(max_length=64)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "describer", "version"], name="description_unique")]

    def __str__(self) -> str:
        return self.text[:80]


class EmbeddingSpace(models.Model):
    """One encoder at one version. Vectors of two spaces never meet in one query.

    The space marked `is_serving` answers queries of its modality; a new one is filled in the background first. `prior`
    is the mean vector of many generic queries, used for hubness correction: items near it are near to everything.
    `noise_floor` is the typical top similarity of queries that nothing in the library answers.
    """

    modality = models.CharField(max_length=10, choices=Modality)
    encoder = models.CharField(max_length=80)
    version = models.CharField(max_length=60)
    dims = models.PositiveSmallIntegerField()
    is_text_aligned = models.BooleanField(default=False)
    is_serving = models.BooleanField(default=False)
    prior = HalfVectorField(null=True, blank=True)
    noise_floor = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["encoder", "version"], name="space_unique"),
            models.UniqueConstraint(fields=["modality"], condition=Q(is_serving=True), name="space_one_serving"),
            models.CheckConstraint(condition=Q(dims__range=(1, 4000)), name="space_dims_indexable"),
        ]

    def __str__(self) -> str:
        return f"{self.encoder} {self.version}"


class Embedding(models.Model):
    """An item's vector in one space, unit length, with the hash of the embedded content."""

    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="embeddings")
    space = models.ForeignKey(EmbeddingSpace, on_delete=models.CASCADE, related_name="embeddings")
    content_hash = models.CharField(max_length=100)
    vector = HalfVectorField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "item"], name="embedding_unique")]

    def __str__(self) -> str:
        return f"{self.space_id}:{self.item_id}"


class EnrichmentFailure(models.Model):
    """An item that one encoder or describer failed on, and why; not retried until its content changes."""

    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="enrichment_failures")
    stage = models.CharField(max_length=80, help_text="encoder or describer name")
    content_hash = models.CharField(max_length=100)
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "stage"], name="enrichment_failure_unique")]

    def __str__(self) -> str:
        return self.reason


class TrainedRanker(models.Model):
    """A version of ranker weights. One is live; without one, the shipped weights rank.

    `replaced` is the version that ranked before this one went live, for rolling back. `metrics["measured"]` holds the
    leave-last-out accuracy per person (recommender/finetuning/holdout.py).
    """

    class State(models.TextChoices):
        TRAINING = "training", "Training"
        LIVE = "live", "Live"
        FORMER = "former", "Former"
        REJECTED = "rejected", "Rejected"
        SHIPPED = (
            "shipped",
            "Shipped",
        )  # a row for the metrics of the shipped weights; trained weights never get this state

    version = models.CharField(max_length=60, unique=True)
    folder = models.TextField(help_text="folder with the exported weights")
    data_hash = models.CharField(max_length=64)
    metrics = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.TRAINING)
    replaced = models.CharField(max_length=60, blank=True)
    went_live_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True, help_text="when other weights last took over")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="live"), name="ranker_one_live"),
        ]

    def __str__(self) -> str:
        return self.version
