"""The contract of every encoder. A backend's test inherits the class and supplies an encoder, readable and unreadable
inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mediarec.library.errors import MediarecError
from recommender.encoders.protocol import Encoder


class EncoderContract:
    """Subclasses provide `encoder`, three different `inputs` and one `wrong` input as fixtures."""

    tolerance = 1e-3  # a batch pads or rounds differently from a single input

    @pytest.fixture
    def encoder(self) -> Encoder:
        raise NotImplementedError

    @pytest.fixture
    def inputs(self) -> list[Any]:
        raise NotImplementedError

    @pytest.fixture
    def wrong(self) -> Any:
        return 42

    def test_it_has_a_name_version_licence_and_modality(self, encoder: Encoder) -> None:
        assert isinstance(encoder, Encoder)
        assert encoder.name and encoder.version and encoder.licence
        assert encoder.modality in {"text", "image", "audio"}

    def test_it_can_be_loaded_before_it_is_asked(self, encoder: Encoder, inputs: list[Any]) -> None:
        encoder.load()
        assert len(encoder.encode(inputs[:1])) == 1

    def test_it_gives_unit_vectors_of_its_size(self, encoder: Encoder, inputs: list[Any]) -> None:
        vectors = encoder.encode(inputs)
        assert vectors.shape == (len(inputs), encoder.dims)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)

    def test_different_inputs_get_different_vectors(self, encoder: Encoder, inputs: list[Any]) -> None:
        vectors = encoder.encode(inputs)
        similarities = vectors @ vectors.T
        assert (similarities[~np.eye(len(inputs), dtype=bool)] < 1 - 1e-4).all()

    def test_it_is_deterministic(self, encoder: Encoder, inputs: list[Any]) -> None:
        assert np.allclose(encoder.encode(inputs), encoder.encode(inputs), atol=self.tolerance)

    def test_a_batch_equals_single_inputs_in_order(self, encoder: Encoder, inputs: list[Any]) -> None:
        singles = np.concatenate([encoder.encode([single]) for single in inputs])
        assert np.allclose(encoder.encode(inputs), singles, atol=self.tolerance)

    def test_nothing_gives_an_empty_array(self, encoder: Encoder) -> None:
        assert encoder.encode([]).shape == (0, encoder.dims)

    def test_an_unreadable_input_is_refused_with_a_sentence(self, encoder: Encoder, wrong: Any) -> None:
        with pytest.raises(MediarecError, match=r"\.$"):
            encoder.encode([wrong])

    def test_it_works_again_after_its_memory_was_given_back(self, encoder: Encoder, inputs: list[Any]) -> None:
        before = encoder.encode(inputs[:1])
        encoder.unload()
        assert np.allclose(encoder.encode(inputs[:1]), before, atol=self.tolerance)
