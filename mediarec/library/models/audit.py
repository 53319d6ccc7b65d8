"""The audit log. Append-only: a database trigger refuses to change or delete an entry."""

from django.db import models


class AuditEntry(models.Model):
    """One change by one person. Names are stored beside IDs, so that an entry outlives its object."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor_id = models.BigIntegerField(null=True, blank=True, help_text="empty: the machine itself")
    actor = models.CharField(max_length=150, blank=True)
    action = models.CharField(max_length=40)
    table = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.TextField(blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["table", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.actor or 'mediarec'} {self.action} {self.object_name}"
