"""MiniLM from its packages."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.encoders.protocol import Encoder
from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.items.cards import ItemFacts, build_card
from tests.contracts.encoders import EncoderContract

obstacle = MiniLMTextEncoder.find_obstacle()
pytestmark = [pytest.mark.real_models, pytest.mark.skipif(bool(obstacle), reason=obstacle or "installed")]
shared = MiniLMTextEncoder()


class TestMiniLM(EncoderContract):
    tolerance = 0.02  # int8 weights are scaled per batch

    @pytest.fixture
    def encoder(self) -> Encoder:
        return shared

    @pytest.fixture
    def inputs(self) -> list[Any]:
        return ["a quiet film about a lighthouse", "loud", "an album of slow piano pieces, recorded at night in winter"]


def test_words_are_nearer_to_the_card_they_describe() -> None:
    space = build_card(ItemFacts("film", "Far Station", 1972, ("science fiction",), ("space", "slow", "loneliness")))
    metal = build_card(ItemFacts("album", "Iron Hail", 1986, ("metal",), ("thrash", "fast")))
    query, film, album = shared.encode(["a slow film about space", space, metal])
    assert query @ film > query @ album + 0.1


def test_empty_and_very_long_texts_are_encoded() -> None:
    vectors = shared.encode(["", "word " * 5000, "\udcff broken"[1:]])
    assert vectors.shape == (3, 384)
