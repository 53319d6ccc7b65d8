"""EfficientNet-Lite0 from its packages."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from recommender.encoders.image_efficientnet import EfficientNetImageEncoder
from recommender.encoders.protocol import Encoder
from tests.contracts.encoders import EncoderContract
from tests.recommender.encoders.conftest import add_noise, draw_picture

obstacle = EfficientNetImageEncoder.find_obstacle()
pytestmark = [pytest.mark.real_models, pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")]
shared = EfficientNetImageEncoder()


class TestEfficientNet(EncoderContract):
    @pytest.fixture
    def encoder(self) -> Encoder:
        return shared

    @pytest.fixture
    def inputs(self, pictures: list[Image.Image]) -> list[Any]:
        return pictures


def test_two_noisy_copies_of_a_picture_are_nearer_than_another_picture() -> None:
    one, other = draw_picture("navy", "circle"), draw_picture("gold", "stripes")
    first, second, different = shared.encode([add_noise(one, seed=1), add_noise(one, seed=2), add_noise(other, seed=3)])
    assert first @ second > first @ different + 0.2


def test_odd_shapes_and_modes_are_read() -> None:
    odd = [Image.new("L", (3, 500)), Image.new("RGBA", (700, 2)), Image.new("P", (1, 1))]
    assert shared.encode(odd).shape == (3, 1280)
