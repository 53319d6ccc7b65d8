"""Questions are answered without torch by what torch would have said: pictures, words, and how words are cut."""

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
from recommender.encoders.preprocessing import Preparation, prepare
from tests.recommender.encoders.test_image_clip import clip, weights

__all__ = ["clip", "weights"]  # fixtures
SAMPLES = ["a navy circle", "Don't  LOOK now!", "café in 1962 & rain", "", "naïve 東京 film " * 40]


def test_words_are_cut_as_open_clip_cuts_them(clip: OpenClipImageEncoder) -> None:
    clip.encode_words(["loads what its import needs"])
    import open_clip

    theirs = open_clip.get_tokenizer("ViT-B-32")(SAMPLES).numpy()
    ours = np.stack([load_tokenizer(77)(text) for text in SAMPLES])
    assert (ours == theirs).all()


def test_a_clip_model_answers_words_and_pictures_alike_without_torch(
    clip: OpenClipImageEncoder, pictures: list[Image.Image], settings: Settings, tmp_path: Path
) -> None:
    assert query_encoders.find_query_encoder(clip.name, clip.version) is None
    assert query_encoders.export_query_encoder(clip)
    tower = query_encoders.find_query_encoder(clip.name, clip.version)
    assert tower is not None
    for picture, torchs in zip(pictures, clip.encode(pictures), strict=True):
        assert float(tower.embed_picture(picture) @ torchs) > 0.98  # torch may run in bf16
    for text, torchs in zip(SAMPLES[:2], clip.encode_words(SAMPLES[:2]), strict=True):
        assert float(tower.embed_words(text) @ torchs) > 0.98


@pytest.mark.real_models
def test_efficientnet_answers_pictures_alike_without_torch(pictures: list[Image.Image], settings: Settings) -> None:
    encoder = EfficientNetImageEncoder()
    if obstacle := encoder.find_obstacle():
        pytest.skip(obstacle)
    assert query_encoders.export_query_encoder(encoder)
    tower = query_encoders.find_query_encoder(encoder.name, encoder.version)
    assert tower is not None
    for picture, torchs in zip(pictures, encoder.encode(pictures), strict=True):
        assert float(tower.embed_picture(picture) @ torchs) > 0.999


def test_a_network_that_is_no_graph_ends_no_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("data-dependent")

    class Odd:
        name, version = "odd", "1"

        def write_query_graphs(self, folder: Path) -> dict[str, Any]:
            query_encoders.write_graph(torch.nn.Identity(), torch.zeros(1), folder / query_encoders.PICTURE_FILE)
            return {}

    monkeypatch.setattr(torch.onnx, "export", refuse)
    assert not query_encoders.export_query_encoder(Odd())
    assert query_encoders.find_query_encoder("odd", "1") is None


def test_a_tower_loads_no_torch() -> None:
    code = (
        "import sys; from recommender.encoders import query_encoders, clip_tokens; clip_tokens.load_tokenizer(77)('x');"
    )
    found = subprocess.run(
        [sys.executable, "-c", f"{code} print('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert found.stdout.strip() == "False", found.stderr


def test_a_very_long_picture_is_cut_rather_than_blown_up() -> None:
    wanted = Preparation(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert prepare(Image.new("L", (20_000, 40)), wanted).shape == (3, 32, 32)
    assert json.loads(json.dumps(wanted.to_json())) == {**wanted.to_json(), "mean": [0.5] * 3, "spread": [0.5] * 3}


def test_an_encoder_that_gives_no_graphs_has_no_tower() -> None:
    class Plain:
        name, version = "plain", "1"

    assert query_encoders.export_query_encoder(Plain()) is False
