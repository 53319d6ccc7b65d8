"""Words in a picture, read by RapidOCR (PP-OCRv4): a recogniser's guess, with how sure it is. Knows no tables."""

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
SHORTEST = 2
LONGEST_SIDE = 960  # larger pictures take longer
MOST_TIMES_AS_LONG = 4  # the engine scales the shorter side up to 736: a strip of one pixel by 720 filled the memory
_lock = threading.Lock()  # one at a time: the engine holds its buffers


@dataclass(frozen=True)
class Line:
    """`sureness` is the recogniser's own, 0..1."""

    text: str
    sureness: float


def find_obstacle() -> str | None:
    """Why this machine cannot, as a sentence; None when it can."""
    if importlib.util.find_spec("rapidocr_onnxruntime") is None:
        return "Words in pictures are not read: rapidocr-onnxruntime is not installed."
    return None


def read_lines(picture: Image.Image) -> list[Line]:
    """From top to bottom. Raises UnavailableError where the reader cannot be loaded."""
    small = picture.convert("RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = _widen_strip(small)
    with _lock:
        found, _ = _load_engine()(np.asarray(small))
    lines = [Line(" ".join(str(text).split()), float(sureness)) for _, text, sureness in found or []]
    return [line for line in lines if line.sureness >= LEAST_SURE and len(line.text) >= SHORTEST]


def _widen_strip(picture: Image.Image) -> Image.Image:
    """On a white ground where it is many times longer than wide."""
    least = -(-max(picture.size) // MOST_TIMES_AS_LONG)
    if min(picture.size) >= least:
        return picture
    ground = Image.new("RGB", (max(picture.width, least), max(picture.height, least)), "white")
    ground.paste(picture, ((ground.width - picture.width) // 2, (ground.height - picture.height) // 2))
    return ground


@lru_cache(maxsize=1)
def _load_engine() -> Any:
    try:
        from rapidocr_onnxruntime import RapidOCR

        return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    except (ImportError, OSError) as error:  # OpenCV needs libraries that a bare container may lack
        raise UnavailableError(f"Words in pictures cannot be read: {error}.") from error


def unload() -> None:
    _load_engine.cache_clear()
