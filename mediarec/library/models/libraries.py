"""Watched folders, skipped files in them, and folders excluded from recommendations."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Library(models.Model):
    """A watched folder. `root_raw` holds the exact bytes of its path, `root` the text for display.

    `found` holds the result of the last scan: a count for each of FOUND_KINDS, and `problems`, a list of sentences.
    """

    name = models.CharField(max_length=80, unique=True)
    root = models.TextField(help_text="the folder's full path on this machine")
    root_raw = models.BinaryField(unique=True, editable=False)
    kinds = ArrayField(models.CharField(max_length=10), default=list, blank=True, help_text="empty: everything")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="libraries",
        help_text="whose it is; nobody's in particular means the household's",
    )  # fmt: skip
    every_minutes = models.PositiveIntegerField(default=60, help_text="0: only when asked")
    is_enabled = models.BooleanField(default=True, help_text="looked through on its schedule")
    is_excluded = models.BooleanField(default=False, help_text="what lies here is never recommended")
    found = models.JSONField(default=dict, blank=True)
    problem = models.TextField(blank=True, help_text="why the last look found nothing")
    created_at = models.DateTimeField(auto_now_add=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    next_scan_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "libraries"
        constraints = [models.CheckConstraint(condition=~Q(root=""), name="library_has_root")]

    def __str__(self) -> str:
        return self.name


class LeftOutFile(models.Model):
    """A media file that was not imported, and why; it is not read again until it changes or on request."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="left_out")
    path_raw = models.BinaryField(unique=True, editable=False)
    path = models.TextField()
    size_bytes = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    inode = models.BigIntegerField(null=True, blank=True)
    reason = models.TextField()
    noticed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.path


class ExcludedFolder(models.Model):
    """A folder whose files are never recommended, whether a library watches it or not."""

    path = models.TextField(help_text="the folder's full path on this machine")
    path_raw = models.BinaryField(unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
