"""Query encoders give without torch the vectors that torch would give: pictures, words and tokens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_django import Settings

from recommender.encoders import query_encoders
from recommender.encoders.clip_tokens import load_tokenizer
from recommender.encoders.image_clip import OpenClipImageEncoder
from recommender.encoders.image_efficientnet import EfficientNetImageEncoder
from recommender.encoders.preprocessing import PreprocessingConfig, preprocess_image
from tests.recommender.encoders.test_image_clip import clip, weights

__all__ = ["clip", "weights"]  # fixtures
SAMPLES = ["a navy circle", "Don't  LOOK now!", "café in 1962 & rain", "", "naïve 東京 film " * 40]


def test_text_is_tokenized_as_open_clip_does(clip: OpenClipImageEncoder) -> None:
    clip.encode_words(["loads what its import needs"])
    import open_clip

    expected = open_clip.get_tokenizer("ViT-B-32")(SAMPLES).numpy()
    token_ids = np.stack([load_tokenizer(77)(text) for text in SAMPLES])
    assert (token_ids == expected).all()


def test_clip_words_and_pictures_get_the_same_vectors_without_torch(
    clip: OpenClipImageEncoder, pictures: list[Image.Image], settings: Settings, tmp_path: Path
) -> None:
    assert query_encoders.find_query_encoder(clip.name, clip.version) is None
    assert query_encoders.export_query_encoder(clip)
    query_encoder = query_encoders.find_query_encoder(clip.name, clip.version)
    assert query_encoder is not None
    for picture, expected in zip(pictures, clip.encode(pictures), strict=True):
        assert float(query_encoder.embed_picture(picture) @ expected) > 0.98  # torch may run in bf16
    for text, expected in zip(SAMPLES[:2], clip.encode_words(SAMPLES[:2]), strict=True):
        assert float(query_encoder.embed_words(text) @ expected) > 0.98


@pytest.mark.real_models
def test_efficientnet_pictures_get_the_same_vectors_without_torch(
    pictures: list[Image.Image], settings: Settings
) -> None:
    encoder = EfficientNetImageEncoder()
    if obstacle := encoder.find_obstacle():
        pytest.skip(obstacle)
    assert query_encoders.export_query_encoder(encoder)
    query_encoder = query_encoders.find_query_encoder(encoder.name, encoder.version)
    assert query_encoder is not None
    for picture, expected in zip(pictures, encoder.encode(pictures), strict=True):
        assert float(query_encoder.embed_picture(picture) @ expected) > 0.999


def test_a_network_that_cannot_be_exported_does_not_end_the_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("data-dependent")

    class Odd:
        name, version = "odd", "1"

        def write_query_graphs(self, folder: Path) -> dict[str, Any]:
            query_encoders.export_onnx(torch.nn.Identity(), torch.zeros(1), folder / query_encoders.PICTURE_FILE)
            return {}

    monkeypatch.setattr(torch.onnx, "export", refuse)
    assert not query_encoders.export_query_encoder(Odd())
    assert query_encoders.find_query_encoder("odd", "1") is None


def test_a_query_encoder_loads_no_torch() -> None:
    code = (
        "import sys; from recommender.encoders import query_encoders, clip_tokens; clip_tokens.load_tokenizer(77)('x');"
    )
    process = subprocess.run(
        [sys.executable, "-c", f"{code} print('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert process.stdout.strip() == "False", process.stderr


def test_a_very_long_picture_is_cropped_rather_than_scaled_up() -> None:
    wanted = PreprocessingConfig(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert preprocess_image(Image.new("L", (20_000, 40)), wanted).shape == (3, 32, 32)
    assert json.loads(json.dumps(wanted.to_json())) == {**wanted.to_json(), "mean": [0.5] * 3, "spread": [0.5] * 3}


def test_an_encoder_without_graphs_has_no_query_encoder() -> None:
    class Plain:
        name, version = "plain", "1"

    assert query_encoders.export_query_encoder(Plain()) is False
