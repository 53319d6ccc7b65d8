"""Words on pictures are read as guesses with their sureness; a plain picture has none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from recommender.media_analysis import ocr

pytestmark = pytest.mark.real_models


@pytest.fixture(autouse=True)
def _needs_package() -> None:
    if obstacle := ocr.find_obstacle():
        pytest.skip(obstacle)


def test_large_letters_are_read() -> None:
    poster = Image.new("RGB", (500, 720), "navy")
    ImageDraw.Draw(poster).text((60, 100), "COPPER LIGHTHOUSE", fill="white", font=ImageFont.load_default(40))
    (line,) = ocr.read_lines(poster)
    assert "LIGHTHOUSE" in line.text
    assert line.sureness >= ocr.LEAST_SURE


@pytest.mark.parametrize("size", [(720, 1), (2, 720), (960, 30)])
def test_a_strip_is_not_scaled_up_until_it_fills_the_memory(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, ...]] = []

    def look(pixels: NDArray[np.uint8]) -> tuple[None, None]:
        seen.append(pixels.shape[:2])
        return None, None

    monkeypatch.setattr(ocr, "_load_engine", lambda: look)
    assert ocr.read_lines(Image.new("RGB", size, "teal")) == []
    assert max(seen[0]) <= ocr.MOST_TIMES_AS_LONG * min(seen[0])


def test_a_plain_picture_says_nothing() -> None:
    assert ocr.read_lines(Image.new("RGB", (300, 300), "teal")) == []
