"""Text in pictures is recognised with a confidence; a plain picture has none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from recommender.encoders.lazy import LazyModel
from recommender.media_analysis import ocr
from tests.machine import find_ocr_obstacle

pytestmark = pytest.mark.real_models


@pytest.fixture(autouse=True)
def _needs_package() -> None:
    if obstacle := find_ocr_obstacle():
        pytest.skip(obstacle)


def test_large_letters_are_recognised() -> None:
    poster = Image.new("RGB", (500, 720), "navy")
    ImageDraw.Draw(poster).text((60, 100), "COPPER LIGHTHOUSE", fill="white", font=ImageFont.load_default(40))
    (line,) = ocr.read_lines(poster)
    assert "LIGHTHOUSE" in line.text
    assert line.sureness >= ocr.MIN_CONFIDENCE


@pytest.mark.parametrize("size", [(720, 1), (2, 720), (960, 30)])
def test_a_strip_is_not_scaled_up_until_it_fills_the_memory(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, ...]] = []

    def record_size(pixels: NDArray[np.uint8]) -> tuple[None, None]:
        sizes.append(pixels.shape[:2])
        return None, None

    monkeypatch.setattr(ocr, "_engine", LazyModel(ocr.PART, lambda: record_size))
    assert ocr.read_lines(Image.new("RGB", size, "teal")) == []
    assert max(sizes[0]) <= ocr.MAX_ASPECT_RATIO * min(sizes[0])


def test_a_plain_picture_has_no_text() -> None:
    assert ocr.read_lines(Image.new("RGB", (300, 300), "teal")) == []
