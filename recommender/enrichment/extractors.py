"""Readers of media as the queue sees them: what they apply to, when content changed, what they found."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from django.db.models import Exists, OuterRef, QuerySet

from mediarec.library.models import Item, Kind, MediaFile
from mediarec.library.native_libraries import import_needed
from recommender.enrichment.passages import ExtractedText
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
    """What a reader found: passages, measured values, and pictures of moments in one space.

    `skipped` names parts that could not be loaded; passages are None where the part that finds them is one, and those
    that were found before stay.
    """

    passages: tuple[ExtractedText, ...] | None = ()
    values: dict[str, Any] = field(default_factory=dict)
    moments: tuple[tuple[float, Any], ...] = ()
    space_id: int | None = None
    skipped: tuple[str, ...] = ()


class Extractor(Protocol):
    """One way to read media. `sources` are the passages it owns; a new `version` reads everything again.

    `parts` load what it reads more with, and reads less without.
    """

    stage: str
    name: str
    sources: tuple[str, ...]
    parts: Mapping[str, Callable[[], None]]

    @property
    def version(self) -> str: ...

    def load(self) -> None:
        """What `read` cannot do without. Raises NotLoadedError, with `name` as its part."""

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
    parts: Mapping[str, Callable[[], None]] = {}

    def load(self) -> None:
        import_needed(self.name, "Subtitles and lyrics cannot be read", "av", "mutagen")

    def applicable(self) -> QuerySet[Item]:
        return having_files(SPOKEN_KINDS)

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        """A sidecar that came, went or changed is read anew, so they are part of the digest."""
        folders: text_tracks.Folders = {}
        return [Target(t.item_id, _add_sidecars(t, folders), t.path) for t in find_first_files(item_ids)]

    def read(self, target: Target) -> ExtractionResult:
        words = text_tracks.read_text_tracks(target.path)
        passages = tuple(
            ExtractedText(part.source, cue.text, cue.start_seconds, part.language)
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
