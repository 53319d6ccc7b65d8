"""Media files on disk. An item without a file is known but not owned."""

from django.db import models


class MediaFile(models.Model):
    """One file. `path_raw` holds the exact bytes of the path (names need not be UTF-8), `path` the text for display.

    `content_hash` is a digest of the size and of samples of the content, so a moved file is recognised.
    """

    item = models.ForeignKey("Item", on_delete=models.CASCADE, related_name="files")
    path_raw = models.BinaryField(unique=True)
    path = models.TextField()
    size_bytes = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    inode = models.BigIntegerField(null=True, blank=True)
    content_hash = models.CharField(max_length=64, db_index=True)
    duration_seconds = models.FloatField(null=True, blank=True)
    streams = models.JSONField(default=list, blank=True)
    is_missing = models.BooleanField(default=False)
    missing_since = models.DateTimeField(null=True, blank=True)
    is_placed_by_hand = models.BooleanField(default=False, help_text="a person said which item this is")
    batch = models.ForeignKey("ImportBatch", null=True, blank=True, on_delete=models.SET_NULL, related_name="files")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(size_bytes__gte=0), name="file_size_not_negative")]

    def __str__(self) -> str:
        return self.path
