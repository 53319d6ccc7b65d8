"""Words on pictures are read as guesses with their sureness; a plain picture has none."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from recommender.reading import lettering

pytestmark = pytest.mark.real_models


@pytest.fixture(autouse=True)
def _needs_package() -> None:
    if obstacle := lettering.find_obstacle():
        pytest.skip(obstacle)


def test_large_letters_are_read() -> None:
    poster = Image.new("RGB", (500, 720), "navy")
    ImageDraw.Draw(poster).text((60, 100), "COPPER LIGHTHOUSE", fill="white", font=ImageFont.load_default(40))
    (line,) = lettering.read_lines(poster)
    assert "LIGHTHOUSE" in line.text
    assert line.sureness >= lettering.LEAST_SURE


def test_a_plain_picture_says_nothing() -> None:
    assert lettering.read_lines(Image.new("RGB", (300, 300), "teal")) == []
