"""The catalogue: items, owned or not, their contributors and external IDs."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    FILM = "film", "Film"
    SERIES = "series", "Series"
    EPISODE = "episode", "Episode"
    TRACK = "track", "Track"
    ALBUM = "album", "Album"
    VIDEO = "video", "Video"


# Limit of the GIN index's pending list, which every search scans: a small one keeps searches during an import fast, and
# hardly slows writing.
PENDING_KB = 256
MUSIC_KINDS = (Kind.ALBUM, Kind.TRACK)


class Item(models.Model):
    """One item. `title_key` is the normalised title for matching; `popularity` is 0..1 within its source."""

    kind = models.CharField(max_length=10, choices=Kind)
    title = models.TextField()
    original_title = models.TextField(blank=True)
    title_key = models.TextField(editable=False)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    genres = ArrayField(models.TextField(), default=list, blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    language = models.CharField(max_length=16, blank=True)
    runtime_seconds = models.PositiveIntegerField(null=True, blank=True)
    synopsis = models.TextField(blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    season = models.PositiveSmallIntegerField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    artwork = models.CharField(max_length=80, blank=True, help_text="file name under the artwork folder")
    artwork_is_drawn = models.BooleanField(default=False)
    popularity = models.FloatField(default=0.0)
    is_excluded = models.BooleanField(default=False, help_text="never recommended")
    edited_fields = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="edited by hand: nothing else writes them"
    )
    batch = models.ForeignKey("ImportBatch", null=True, blank=True, on_delete=models.SET_NULL, related_name="items")
    catalogue = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="the catalogue that made it and keeps it up to date",
    )
    search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="item_has_title"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="item_kind_known"),
            models.CheckConstraint(
                condition=Q(year__isnull=True) | Q(year__range=(1870, 2200)), name="item_year_plausible"
            ),
            models.CheckConstraint(condition=Q(popularity__range=(0, 1)), name="item_popularity_unit"),
        ]
        indexes = [
            models.Index(fields=["kind", "title_key"], name="item_kind_title_key"),
            models.Index(fields=["kind", "-popularity", "id"], name="item_kind_best_known"),
            models.Index(fields=["-created_at", "-id"], name="item_last_come"),
            models.Index(fields=["id"], condition=Q(is_excluded=True), name="item_excluded"),
            GinIndex(fields=["search"], name="item_search", gin_pending_list_limit=PENDING_KB),
            GinIndex(fields=["genres"], name="item_genres"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


class ExternalId(models.Model):
    """An item's ID in another catalogue, for example ("imdb", "tt0113277")."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="external_ids")
    namespace = models.CharField(max_length=20)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "value"], name="external_id_unique")]

    def __str__(self) -> str:
        return f"{self.namespace}:{self.value}"


class Contributor(models.Model):
    """A person or group credited on items: a director, an actor, a band."""

    name = models.TextField()
    name_key = models.TextField(unique=True, editable=False)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    DIRECTOR = "director", "Director"
    CREATOR = "creator", "Creator"
    ACTOR = "actor", "Actor"
    WRITER = "writer", "Writer"
    ARTIST = "artist", "Artist"
    COMPOSER = "composer", "Composer"
    CHANNEL = "channel", "Channel"


class Credit(models.Model):
    """A contributor's role on an item, in billing order."""

    # No index: the unique constraint's index starts with this column.
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="credits", db_index=False)
    contributor = models.ForeignKey(Contributor, on_delete=models.CASCADE, related_name="credits")
    role = models.CharField(max_length=10, choices=Role)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["role", "position"]
        constraints = [models.UniqueConstraint(fields=["item", "contributor", "role"], name="credit_unique")]

    def __str__(self) -> str:
        return f"{self.contributor_id} {self.role} on {self.item_id}"
