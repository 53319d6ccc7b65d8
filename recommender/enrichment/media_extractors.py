"""Readers that look and listen: moving pictures, sound, and words in posters. Models load on first use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from PIL import Image

from mediarec.library.models import Item, Kind
from recommender.backends import registry
from recommender.encoders.protocol import Encoder
from recommender.enrichment.embedding import open_encoder_space
from recommender.enrichment.extractors import (
    ExtractionResult,
    Extractor,
    Target,
    TextTrackExtractor,
    find_first_files,
    having_files,
)
from recommender.enrichment.passages import FoundText
from recommender.enrichment.sources import open_picture
from recommender.media_analysis import audio_fingerprint, ocr, video_frames
from recommender.models import Modality, WordSource

MOVING_KINDS = (Kind.FILM, Kind.EPISODE, Kind.VIDEO)
HEARD_KINDS = (Kind.TRACK,)
DIGITS = 12


def load_picture_encoder() -> Encoder | None:
    return registry.load_encoder(Modality.IMAGE.value)


class VideoExtractor:
    """Frames of different shots, each with its own vector and the words on it; motion, cuts, light and colours.

    The version names the picture model: with another one, clips are looked at again while their old moments serve.
    """

    stage = "moving"
    name = "moving pictures"
    sources: tuple[str, ...] = (WordSource.FRAMES.value,)

    def __init__(self, load: Callable[[], Encoder | None] = load_picture_encoder) -> None:
        self._load = load

    @property
    def version(self) -> str:
        encoder = registry.name_encoder(Modality.IMAGE.value)
        given = f"{encoder.name} {encoder.version}" if encoder is not None else ""
        letters = "" if ocr.find_obstacle() else ocr.VERSION
        return "1-" + hashlib.sha256(f"{given} {letters}".encode()).hexdigest()[:DIGITS]

    def find_obstacle(self) -> str | None:
        return None

    def applicable(self) -> QuerySet[Item]:
        return having_files(MOVING_KINDS)

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        return find_first_files(item_ids)

    def read(self, target: Target) -> ExtractionResult:
        watched = video_frames.analyse_video(target.path)
        passages = () if ocr.find_obstacle() else _read_frames(watched.frames)
        encoder = self._load()
        values = watched.measures.to_json() | {"frame_hashes": [perceptual_hash(f.image) for f in watched.frames]}
        if encoder is None:
            return ExtractionResult(passages, values)
        vectors = encoder.encode([frame.image for frame in watched.frames])
        moments = tuple(
            (frame.seconds, vector)
            for frame, vector in zip(watched.frames, vectors, strict=True)
            if np.isfinite(vector).all()
        )
        return ExtractionResult(passages, values, moments, open_encoder_space(encoder).pk)


def _read_frames(frames: Sequence[video_frames.Frame]) -> tuple[FoundText, ...]:
    """Each wording once, at the moment it was first seen."""
    found: dict[str, FoundText] = {}
    for frame in frames:
        text = " ".join(line.text for line in ocr.read_lines(frame.image))
        if text and text.casefold() not in found:
            found[text.casefold()] = FoundText(WordSource.FRAMES, text, frame.seconds, is_certain=False)
    return tuple(found.values())


class AudioExtractor:
    """Tempo, key, loudness, brightness, and a fingerprint."""

    stage = "sound"
    name = "sound"
    version = "2"
    sources: tuple[str, ...] = ()

    def find_obstacle(self) -> str | None:
        from recommender.encoders.audio_descriptors import AudioDescriptorEncoder

        return AudioDescriptorEncoder.find_obstacle()

    def applicable(self) -> QuerySet[Item]:
        return having_files(HEARD_KINDS)

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        return find_first_files(item_ids)

    def read(self, target: Target) -> ExtractionResult:
        return ExtractionResult((), audio_fingerprint.analyse_audio(target.path).to_json())


class PosterTextExtractor:
    """Words on posters and covers, and a hash of how they look. What was drawn here says only what is known already."""

    stage = "posters"
    name = "posters"
    sources: tuple[str, ...] = (WordSource.POSTER.value,)

    @property
    def version(self) -> str:
        return f"1 {ocr.VERSION}" if not ocr.find_obstacle() else "1"

    def find_obstacle(self) -> str | None:
        return None

    def applicable(self) -> QuerySet[Item]:
        return Item.objects.exclude(artwork="").filter(artwork_is_drawn=False)

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        rows = self.applicable().filter(pk__in=item_ids).values_list("pk", "artwork")
        return [Target(item_id, name, Path(settings.ARTWORK_ROOT) / name) for item_id, name in rows]

    def read(self, target: Target) -> ExtractionResult:
        picture = open_picture(target.path)
        lines = [] if ocr.find_obstacle() else ocr.read_lines(picture)
        text = " ".join(line.text for line in lines)
        passages = (FoundText(WordSource.POSTER, text, is_certain=False),) if text else ()
        return ExtractionResult(
            passages, {"hash": perceptual_hash(picture), "sureness": [round(line.sureness, 2) for line in lines]}
        )


def perceptual_hash(picture: Image.Image) -> str:
    """Whether it gets brighter from each of 9 by 8 fields to the next, 64 bits as hex: scaling and dimming keep it."""
    small = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return bytes(np.packbits((small[:, 1:] > small[:, :-1]).ravel())).hex()


READERS: tuple[Extractor, ...] = (TextTrackExtractor(), AudioExtractor(), PosterTextExtractor(), VideoExtractor())
