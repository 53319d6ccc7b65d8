"""Tables of conversations and playlists: chat turns, playlists and their entries."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class ChatTurn(models.Model):
    """One message of a person and its answer. `wish` is the parsed query with the dialogue state carried over turns."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chat_turns")
    thread = models.UUIDField(default=uuid.uuid4, db_index=True)
    said = models.TextField()
    wish = models.JSONField(default=dict)
    chips = models.JSONField(default=list, help_text="what was understood, as short labels")
    item_ids = models.JSONField(default=list)
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=80, blank=True, help_text="'template' or the language model's name")
    rule = models.ForeignKey("SteeringRule", null=True, blank=True, on_delete=models.SET_NULL, related_name="turns")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.said[:80]


class Playlist(models.Model):
    """A person's playlist. `wish` stores the sentence or seeds it was built from."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="playlists")
    name = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    wish = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="playlist_has_name")]

    def __str__(self) -> str:
        return self.name


class PlaylistEntry(models.Model):
    """One item of a playlist; positions are 0, 1, 2, ... and may be permuted within one transaction."""

    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="entries")
    item = models.ForeignKey("library.Item", on_delete=models.CASCADE, related_name="playlist_entries")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["playlist", "position"]
        constraints = [
            models.UniqueConstraint(fields=["playlist", "item"], name="playlist_no_repeats"),
            models.UniqueConstraint(
                fields=["playlist", "position"],
                name="playlist_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playlist_id}#{self.position}"
