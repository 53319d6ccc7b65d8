"""Readers that look and listen: moving pictures, sound, and words in posters. Models load on first use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from PIL import Image

from mediarec.library.models import Item, Kind
from mediarec.library.native_libraries import import_needed
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
from recommender.enrichment.load_failures import Attempts
from recommender.enrichment.passages import ExtractedText
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
    parts: Mapping[str, Callable[[], None]] = {ocr.PART: ocr.load}

    def __init__(self, load: Callable[[], Encoder | None] = load_picture_encoder) -> None:
        self._load = load

    @property
    def version(self) -> str:
        encoder = registry.create_encoder(Modality.IMAGE.value)
        given = f"{encoder.name} {encoder.version}" if encoder is not None else ""
        return "1-" + hashlib.sha256(f"{given} {ocr.VERSION}".encode()).hexdigest()[:DIGITS]

    def load(self) -> None:
        import_needed(self.name, "Moving pictures cannot be read", "av")

    def applicable(self) -> QuerySet[Item]:
        return having_files(MOVING_KINDS)

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        return find_first_files(item_ids)

    def read(self, target: Target) -> ExtractionResult:
        frames = (watched := video_frames.analyse_video(target.path)).frames
        attempts = Attempts()
        passages = attempts.make(ocr.PART, lambda: _read_frames(frames))
        values = watched.measures.to_json() | {"frame_hashes": [perceptual_hash(frame.image) for frame in frames]}
        encoder = self._load()
        moments = attempts.make(encoder.name, lambda: _embed_frames(encoder, frames)) if encoder is not None else None
        if encoder is None or moments is None:
            return ExtractionResult(passages, values, skipped=tuple(attempts.skipped))
        return ExtractionResult(passages, values, moments, open_encoder_space(encoder).pk, tuple(attempts.skipped))


def _embed_frames(encoder: Encoder, frames: Sequence[video_frames.Frame]) -> tuple[tuple[float, Any], ...]:
    vectors = encoder.encode([frame.image for frame in frames])
    pairs = zip(frames, vectors, strict=True)
    return tuple((frame.seconds, vector) for frame, vector in pairs if np.isfinite(vector).all())


def _read_frames(frames: Sequence[video_frames.Frame]) -> tuple[ExtractedText, ...]:
    """Each wording once, at the moment it was first seen."""
    found: dict[str, ExtractedText] = {}
    for frame in frames:
        text = " ".join(line.text for line in ocr.read_lines(frame.image))
        if text and text.casefold() not in found:
            found[text.casefold()] = ExtractedText(WordSource.FRAMES, text, frame.seconds, is_certain=False)
    return tuple(found.values())


class AudioExtractor:
    """Tempo, key, loudness, brightness, and a fingerprint."""

    stage = "sound"
    name = "sound"
    version = "2"
    sources: tuple[str, ...] = ()
    parts: Mapping[str, Callable[[], None]] = {}

    def load(self) -> None:
        import_needed(self.name, "Tempo, key and loudness cannot be measured", "av", "librosa")

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
    version = f"1 {ocr.VERSION}"
    sources: tuple[str, ...] = (WordSource.POSTER.value,)
    parts: Mapping[str, Callable[[], None]] = {ocr.PART: ocr.load}

    def load(self) -> None:
        """How a picture looks is told without a model."""

    def applicable(self) -> QuerySet[Item]:
        return Item.objects.exclude(artwork="").filter(artwork_is_drawn=False)

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        rows = self.applicable().filter(pk__in=item_ids).values_list("pk", "artwork")
        return [Target(item_id, name, Path(settings.ARTWORK_ROOT) / name) for item_id, name in rows]

    def read(self, target: Target) -> ExtractionResult:
        picture = open_picture(target.path)
        attempts = Attempts()
        lines = attempts.make(ocr.PART, lambda: ocr.read_lines(picture))
        text = " ".join(line.text for line in lines or ())
        found = (ExtractedText(WordSource.POSTER, text, is_certain=False),) if text else ()
        values = {"hash": perceptual_hash(picture), "sureness": [round(line.sureness, 2) for line in lines or ()]}
        return ExtractionResult(None if lines is None else found, values, skipped=tuple(attempts.skipped))


def perceptual_hash(picture: Image.Image) -> str:
    """Whether it gets brighter from each of 9 by 8 fields to the next, 64 bits as hex: scaling and dimming keep it."""
    small = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return bytes(np.packbits((small[:, 1:] > small[:, :-1]).ravel())).hex()


READERS: tuple[Extractor, ...] = (TextTrackExtractor(), AudioExtractor(), PosterTextExtractor(), VideoExtractor())
