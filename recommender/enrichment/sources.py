"""What of an item is embedded in each modality: its card, its artwork, its first file. Knows no encoder.

A vector whose content changed gets an empty hash (STALE): it keeps serving until the new one replaces it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from PIL import Image

from mediarec.library.artwork import MOST_PIXELS, flatten_picture
from mediarec.library.errors import MediarecError, NotFoundError, NotUnderstoodError
from mediarec.library.models import Item, Kind, MediaFile
from recommender.enrichment.priority import order_by_priority
from recommender.items.cards import build_card
from recommender.items.facts import card_hash, load_facts
from recommender.models import Embedding, EmbeddingSpace, EnrichmentFailure, Modality

STALE = ""
HEARD_KINDS = (Kind.TRACK, Kind.VIDEO)


@dataclass(frozen=True)
class EncoderInput:
    """An encoder's input for one item; `digest` changes with the content."""

    item_id: int
    digest: str
    value: Any


@dataclass(frozen=True)
class Unreadable:
    """An item whose content could not be read, and why."""

    item_id: int
    digest: str
    reason: str


class Source(Protocol):
    """The inputs of one modality. `batch_size` inputs are encoded and stored at once; a killed worker
    repeats at most that many.
    """

    modality: str
    batch_size: int

    def applicable(self) -> QuerySet[Item]:
        """Items that have something to embed."""

    def mark_stale(self, space: EmbeddingSpace) -> None:
        """Marks vectors and deletes failures whose content has changed."""

    def read(self, item_ids: Sequence[int]) -> tuple[list[EncoderInput], list[Unreadable]]: ...


def find_pending(source: Source, space: EmbeddingSpace) -> QuerySet[Item]:
    """Items without a fresh vector that did not fail on the same content before, by priority."""
    return order_by_priority(source.applicable().exclude(_has_vector(space)).exclude(has_failed(space.encoder)))


def _has_vector(space: EmbeddingSpace) -> Exists:
    return Exists(Embedding.objects.filter(item_id=OuterRef("pk"), space=space).exclude(content_hash=STALE))


def has_failed(stage: str) -> Exists:
    """For `exclude`: whether the item has a stored failure of this stage."""
    return Exists(EnrichmentFailure.objects.filter(item_id=OuterRef("pk"), stage=stage))


class CardSource:
    """The item's card. Stale vectors are marked by `descriptions.refresh_all`, which reads the same facts."""

    modality = Modality.TEXT.value
    batch_size = 32

    def applicable(self) -> QuerySet[Item]:
        return Item.objects.all()

    def mark_stale(self, space: EmbeddingSpace) -> None:
        """Left to `descriptions.refresh_all`."""

    def read(self, item_ids: Sequence[int]) -> tuple[list[EncoderInput], list[Unreadable]]:
        facts = load_facts(item_ids)
        return [
            EncoderInput(item_id, card_hash(item_facts), build_card(item_facts))
            for item_id, item_facts in facts.items()
        ], []


class PictureSource:
    """The item's artwork. Generated artwork carries no information about the work and is not embedded."""

    modality = Modality.IMAGE.value
    batch_size = 32

    def applicable(self) -> QuerySet[Item]:
        return Item.objects.exclude(artwork="").filter(artwork_is_drawn=False)

    def mark_stale(self, space: EmbeddingSpace) -> None:
        vectors = Embedding.objects.filter(space=space)
        vectors.filter(Q(item__artwork="") | Q(item__artwork_is_drawn=True)).delete()
        _mark_vectors_stale(vectors.exclude(content_hash=F("item__artwork")))
        EnrichmentFailure.objects.filter(stage=space.encoder).exclude(content_hash=F("item__artwork")).delete()

    def read(self, item_ids: Sequence[int]) -> tuple[list[EncoderInput], list[Unreadable]]:
        inputs, unreadable = [], []
        for item_id, name in Item.objects.filter(pk__in=item_ids).values_list("pk", "artwork"):
            try:
                inputs.append(EncoderInput(item_id, name, open_picture(Path(settings.ARTWORK_ROOT) / name)))
            except MediarecError as error:
                unreadable.append(Unreadable(item_id, name, str(error)))
        return inputs, unreadable


class FileSource:
    """The first available file of a track or video."""

    modality = Modality.AUDIO.value
    batch_size = 4  # decoding a file takes a second or two, and a pause takes effect between batches

    def applicable(self) -> QuerySet[Item]:
        return Item.objects.filter(Exists(_first_file(OuterRef("pk"))), kind__in=HEARD_KINDS)

    def mark_stale(self, space: EmbeddingSpace) -> None:
        """Where the file is only missing for now, the vector stays as it is."""
        current = Subquery(_first_file(OuterRef("item_id")).values("content_hash")[:1])
        vectors = Embedding.objects.filter(space=space).annotate(current=current)
        _mark_vectors_stale(vectors.filter(current__isnull=False).exclude(content_hash=F("current")))
        failures = EnrichmentFailure.objects.filter(stage=space.encoder).annotate(current=current)
        failures.exclude(content_hash=F("current")).delete()

    def read(self, item_ids: Sequence[int]) -> tuple[list[EncoderInput], list[Unreadable]]:
        """Paths only: the encoder opens the files itself, one at a time."""
        rows = (
            MediaFile.objects.filter(item_id__in=item_ids, is_missing=False)
            .order_by("item_id", "pk")
            .distinct("item_id")
            .values_list("item_id", "content_hash", "path_raw")
        )
        return [EncoderInput(item_id, digest, Path(os.fsdecode(bytes(raw)))) for item_id, digest, raw in rows], []


def _first_file(item_id: OuterRef) -> QuerySet[MediaFile]:
    return MediaFile.objects.filter(item_id=item_id, is_missing=False).order_by("pk")


def _mark_vectors_stale(vectors: QuerySet[Embedding]) -> None:
    Embedding.objects.filter(pk__in=vectors.exclude(content_hash=STALE).values("pk")).update(content_hash=STALE)


def open_picture(path: Path) -> Image.Image:
    """Decodes here rather than in the encoder, so that a broken picture is one item's failure. An animation
    gives its first frame.

    Raises NotFoundError or NotUnderstoodError naming the file.
    """
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                size = f"{picture.width} by {picture.height}"
                raise NotUnderstoodError(f"The picture {path.name} is too large: {size} pixels.")
            return flatten_picture(picture)
    except FileNotFoundError as error:
        raise NotFoundError(f"The picture {path.name} is not in the artwork folder any more.") from error
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise NotUnderstoodError(f"The picture {path.name} cannot be read: {error}.") from error


SOURCES: tuple[Source, ...] = (CardSource(), PictureSource(), FileSource())
