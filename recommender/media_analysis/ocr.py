"""Text recognition in pictures with RapidOCR (PP-OCRv4): guesses, each with a confidence. Knows no tables."""

from __future__ import annotations

import importlib.util
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from mediarec.library.errors import UnavailableError

VERSION = "rapidocr-1.4"
LEAST_SURE = 0.75  # chosen by judgement: a wrong word in the index costs more than a missing one
SHORTEST = 2  # characters
LONGEST_SIDE = 960  # larger pictures are scaled down: they take longer
MOST_TIMES_AS_LONG = (
    4  # aspect ratio; the engine scales the shorter side up to 736, so a 1 by 720 strip exhausted the memory
)
_lock = threading.Lock()  # the engine is not reentrant: it holds buffers


@dataclass(frozen=True)
class Line:
    """One recognised line of text; `sureness` is the recogniser's confidence, 0..1."""

    text: str
    sureness: float


def find_obstacle() -> str | None:
    """A sentence saying why this machine cannot recognise text; None when it can."""
    if importlib.util.find_spec("rapidocr_onnxruntime") is None:
        return "Words in pictures are not read: rapidocr-onnxruntime is not installed."
    return None


def read_lines(picture: Image.Image) -> list[Line]:
    """Confident lines from top to bottom. Raises UnavailableError where the engine cannot be loaded."""
    scaled = picture.convert("RGB")
    scaled.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    scaled = _widen_strip(scaled)
    with _lock:
        detections, _ = _load_engine()(np.asarray(scaled))
    lines = [Line(" ".join(str(text).split()), float(sureness)) for _, text, sureness in detections or []]
    return [line for line in lines if line.sureness >= LEAST_SURE and len(line.text) >= SHORTEST]


def _widen_strip(picture: Image.Image) -> Image.Image:
    """Pads an extreme aspect ratio with white."""
    shortest_side = -(-max(picture.size) // MOST_TIMES_AS_LONG)
    if min(picture.size) >= shortest_side:
        return picture
    canvas = Image.new("RGB", (max(picture.width, shortest_side), max(picture.height, shortest_side)), "white")
    canvas.paste(picture, ((canvas.width - picture.width) // 2, (canvas.height - picture.height) // 2))
    return canvas


@lru_cache(maxsize=1)
def _load_engine() -> Any:
    try:
        from rapidocr_onnxruntime import RapidOCR

        return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    except (ImportError, OSError) as error:  # OpenCV needs libraries that a bare container may lack
        raise UnavailableError(f"Words in pictures cannot be read: {error}.") from error


def unload() -> None:
    _load_engine.cache_clear()
