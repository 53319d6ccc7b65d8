"""Readers of media as the queue sees them: what they apply to, when content changed, what they found."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from django.db.models import Exists, OuterRef, QuerySet

from mediarec.library.models import Item, Kind, MediaFile
from recommender.enrichment.passages import FoundText
from recommender.media_analysis import text_tracks
from recommender.media_analysis.subtitles import join_cues
from recommender.models import WordSource

SPOKEN_KINDS = (Kind.FILM, Kind.EPISODE, Kind.VIDEO, Kind.TRACK)


@dataclass(frozen=True)
class Target:
    """One item to read and where; `digest` changes with what would be read."""

    item_id: int
    digest: str
    path: Path


@dataclass(frozen=True)
class ExtractionResult:
    """What a reader found: passages, measured values, and pictures of moments in one space."""

    passages: tuple[FoundText, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    moments: tuple[tuple[float, Any], ...] = ()
    space_id: int | None = None


class Extractor(Protocol):
    """One way to read media. `sources` are the passages it owns; a new `version` reads everything again."""

    stage: str
    name: str
    sources: tuple[str, ...]

    @property
    def version(self) -> str: ...

    def find_obstacle(self) -> str | None:
        """Why this machine cannot, as a sentence; None when it can."""

    def applicable(self) -> QuerySet[Item]: ...

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]: ...

    def read(self, target: Target) -> ExtractionResult:
        """Raises a MediarecError for what cannot be read."""


class TextTrackExtractor:
    """Subtitles and lyrics beside files and in them."""

    stage = "words"
    name = "words of media"
    version = "1"
    sources: tuple[str, ...] = (WordSource.SUBTITLES.value, WordSource.LYRICS.value)

    def find_obstacle(self) -> str | None:
        return None

    def applicable(self) -> QuerySet[Item]:
        return having_files(SPOKEN_KINDS)

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        """A sidecar that came, went or changed is read anew, so they are part of the digest."""
        folders: text_tracks.Folders = {}
        return [Target(t.item_id, _add_sidecars(t, folders), t.path) for t in find_first_files(item_ids)]

    def read(self, target: Target) -> ExtractionResult:
        words = text_tracks.read_text_tracks(target.path)
        passages = tuple(
            FoundText(part.source, cue.text, cue.start_seconds, part.language)
            for part in words
            for cue in join_cues(part.cues)
        )
        return ExtractionResult(
            passages, {"passages": len(passages), "languages": sorted({w.language for w in words} - {""})}
        )


def _add_sidecars(target: Target, folders: text_tracks.Folders) -> str:
    digest = hashlib.sha256(target.digest.encode())
    for sidecar in text_tracks.list_sidecars(target.path, folders):
        try:
            known = sidecar.stat()
        except OSError:
            continue  # it went between the two looks; the next run sees that
        digest.update(os.fsencode(sidecar.name) + f"{known.st_size} {known.st_mtime_ns}".encode())
    return digest.hexdigest()


def having_files(kinds: Sequence[str]) -> QuerySet[Item]:
    files = MediaFile.objects.filter(item_id=OuterRef("pk"), is_missing=False)
    return Item.objects.filter(Exists(files), kind__in=kinds)


def find_first_files(item_ids: Sequence[int]) -> list[Target]:
    """The first file of each that is still there."""
    rows = (
        MediaFile.objects.filter(item_id__in=item_ids, is_missing=False)
        .order_by("item_id", "pk")
        .distinct("item_id")
        .values_list("item_id", "content_hash", "path_raw")
    )
    return [Target(item_id, digest, Path(os.fsdecode(bytes(raw)))) for item_id, digest, raw in rows]
