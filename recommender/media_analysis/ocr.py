"""Text recognition in pictures with RapidOCR (PP-OCRv4): guesses, each with a confidence. Knows no tables."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from recommender.encoders.lazy import LazyModel

PART = "Text recognition (RapidOCR)"
VERSION = "rapidocr-1.4"
MIN_CONFIDENCE = 0.75  # chosen by judgement: a wrong word in the index costs more than a missing one
SHORTEST = 2  # characters
LONGEST_SIDE = 960  # larger pictures are scaled down: they take longer
MAX_ASPECT_RATIO = (
    4  # aspect ratio; the engine scales the shorter side up to 736, so a 1 by 720 strip exhausted the memory
)
_lock = threading.Lock()  # the engine is not reentrant: it holds buffers


@dataclass(frozen=True)
class RecognisedLine:
    """One recognised line of text; `sureness` is the recogniser's confidence, 0..1."""

    text: str
    sureness: float


def load() -> None:
    """Raises NotLoadedError, which names what is missing."""
    _engine.load()


def read_lines(picture: Image.Image) -> list[RecognisedLine]:
    """Confident lines from top to bottom. Raises NotLoadedError where the recogniser cannot be loaded."""
    engine = _engine.load()
    scaled = picture.convert("RGB")
    scaled.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    scaled = _widen_strip(scaled)
    with _lock:
        detections, _ = engine(np.asarray(scaled))
    lines = [RecognisedLine(" ".join(str(text).split()), float(sureness)) for _, text, sureness in detections or []]
    return [line for line in lines if line.sureness >= MIN_CONFIDENCE and len(line.text) >= SHORTEST]


def _widen_strip(picture: Image.Image) -> Image.Image:
    """Pads an extreme aspect ratio with white."""
    shortest_side = -(-max(picture.size) // MAX_ASPECT_RATIO)
    if min(picture.size) >= shortest_side:
        return picture
    canvas = Image.new("RGB", (max(picture.width, shortest_side), max(picture.height, shortest_side)), "white")
    canvas.paste(picture, ((canvas.width - picture.width) // 2, (canvas.height - picture.height) // 2))
    return canvas


def _load_engine() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


_engine = LazyModel(PART, _load_engine)


def unload() -> None:
    _engine.unload()
