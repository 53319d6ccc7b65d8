"""Image preprocessing for vision networks: resize, centre crop, standardise. Pure; knows no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAX_RATIO = 4


@dataclass(frozen=True)
class PreprocessingConfig:
    """Side of the square input in pixels, and mean and standard deviation per channel."""

    side: int
    mean: tuple[float, float, float]
    spread: tuple[float, float, float]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PreprocessingConfig:
        return cls(int(stored["side"]), tuple(stored["mean"]), tuple(stored["spread"]))


def preprocess_image(image: Image.Image, wanted: PreprocessingConfig) -> NDArray[np.float32]:
    """Resizes the shorter side to `side`, crops the centre and standardises: (3, side, side) float32."""
    picture = crop_strip(image.convert("RGB"))
    scale = wanted.side / min(picture.size)
    size = (max(wanted.side, round(picture.width * scale)), max(wanted.side, round(picture.height * scale)))
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    left, top = (picture.width - wanted.side) // 2, (picture.height - wanted.side) // 2
    pixels = np.asarray(picture.crop((left, top, left + wanted.side, top + wanted.side)), dtype=np.float32) / 255
    standardised = (pixels - np.array(wanted.mean, dtype=np.float32)) / np.array(wanted.spread, dtype=np.float32)
    return np.ascontiguousarray(standardised.transpose(2, 0, 1), dtype=np.float32)


def crop_strip(picture: Image.Image) -> Image.Image:
    """Crops an extreme aspect ratio to its centre: resizing the shorter side of a strip would exhaust the memory."""
    limit = MAX_RATIO * min(picture.size)
    if max(picture.size) <= limit:
        return picture
    width, height = min(picture.width, limit), min(picture.height, limit)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))
