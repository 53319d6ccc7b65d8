"""open_clip on a tiny, randomly initialised checkpoint loaded through the production path: file, config, weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_django import Settings

from mediarec.library.errors import UnavailableError
from recommender.backends import registry
from recommender.encoders import image_clip
from recommender.encoders.image_clip import ClipSource, OpenClipImageEncoder
from recommender.encoders.image_efficientnet import EfficientNetImageEncoder
from recommender.encoders.protocol import Encoder
from recommender.encoders.torchvision_operators import declare_missing_operators
from tests.contracts.encoders import EncoderContract

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "patch_size": 8, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("clip")
    (folder / "tiny-test.json").write_text(json.dumps(TINY))
    declare_missing_operators()
    import open_clip
    import torch

    open_clip.add_model_config(folder / "tiny-test.json")
    torch.manual_seed(3)
    torch.save(open_clip.create_model("tiny-test").state_dict(), folder / "tiny.pt")
    yield folder / "tiny.pt"


@pytest.fixture
def clip(weights: Path, settings: Settings) -> OpenClipImageEncoder:
    settings.OPEN_CLIP_MODEL, settings.OPEN_CLIP_WEIGHTS = "tiny-test", str(weights)
    return OpenClipImageEncoder()


class TestOpenClip(EncoderContract):
    tolerance = 0.03  # bf16 where the processor has it

    @pytest.fixture
    def encoder(self, clip: OpenClipImageEncoder) -> Encoder:
        return clip

    @pytest.fixture
    def inputs(self, pictures: list[Image.Image]) -> list[Any]:
        return pictures


def test_words_and_pictures_share_the_space(clip: OpenClipImageEncoder) -> None:
    words = clip.encode_words(["a navy circle", "stripes"])
    assert words.shape == (2, clip.dims)
    assert np.allclose(np.linalg.norm(words, axis=1), 1.0, atol=1e-4)
    assert clip.encode_words([]).shape == (0, clip.dims)


def test_other_weights_under_the_same_name_are_another_version(clip: OpenClipImageEncoder, tmp_path: Path) -> None:
    config = clip.source.config_file
    assert config is not None and clip.source.file is not None
    (tmp_path / config.name).write_bytes(config.read_bytes())
    (tmp_path / "tiny.pt").write_bytes(clip.source.file.read_bytes() + b"more")
    other = OpenClipImageEncoder(ClipSource("tiny-test", str(tmp_path / "tiny.pt")))
    assert other.name == clip.name
    assert other.version != clip.version


def test_the_error_for_broken_weights_names_their_file(clip: OpenClipImageEncoder, tmp_path: Path) -> None:
    config = clip.source.config_file
    assert config is not None
    (tmp_path / config.name).write_bytes(config.read_bytes())
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"not weights at all")
    encoder = OpenClipImageEncoder(ClipSource("tiny-test", str(broken)))
    with pytest.raises(UnavailableError, match=r"broken\.pt cannot be loaded"):
        encoder.encode([Image.new("RGB", (8, 8))])


def test_weights_that_do_not_match_their_checksum_are_not_loaded(weights: Path, tmp_path: Path) -> None:
    for name in ("tiny.pt", "tiny-test.json"):
        (tmp_path / name).write_bytes((weights.parent / name).read_bytes())
    (tmp_path / "tiny.pt.sha256").write_text(f"{'0' * 64}  tiny.pt\n")
    encoder = OpenClipImageEncoder(ClipSource("tiny-test", str(tmp_path / "tiny.pt")))
    with pytest.raises(UnavailableError, match=r"tiny\.pt do not match the checksum in tiny\.pt\.sha256"):
        encoder.encode([Image.new("RGB", (40, 40))])


def test_without_bfloat16_int8_weights_give_nearly_the_same_vectors(
    clip: OpenClipImageEncoder, pictures: list[Image.Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    whole = clip.encode(pictures)
    monkeypatch.setattr(image_clip, "_has_bfloat16", lambda: False)
    small = OpenClipImageEncoder()
    assert ((small.encode(pictures) * whole).sum(axis=1) > 0.98).all()
    kinds = {type(layer) for layer in small._lazy.load()[0].modules()}
    assert torch.ao.nn.quantized.dynamic.Linear in kinds
    assert small.write_query_graphs(tmp_path)["context_length"] == 77


@pytest.mark.parametrize(
    ("memory", "has_gpu", "model"),
    [(2, False, "MobileCLIP-S1"), (8, False, "ViT-B-32"), (24, False, "ViT-B-16"), (24, True, "ViT-L-14")],
)
def test_the_model_from_a_hub_is_chosen_by_memory_and_kept_in_the_package(
    memory: int, has_gpu: bool, model: str, settings: Settings
) -> None:
    assert image_clip.choose_model(memory, has_gpu=has_gpu) == model
    settings.OPEN_CLIP_MODEL, settings.OPEN_CLIP_WEIGHTS, settings.ALLOW_MODEL_DOWNLOADS = model, "", True
    source = image_clip.read_source()
    assert source.weights and source.config_file is not None


def test_without_weights_the_slot_falls_back_to_efficientnet(settings: Settings) -> None:
    settings.OPEN_CLIP_WEIGHTS, settings.ALLOW_MODEL_DOWNLOADS = "", False
    assert "none are named in MEDIAREC_OPEN_CLIP_WEIGHTS" in str(OpenClipImageEncoder.find_obstacle())
    if not EfficientNetImageEncoder.find_obstacle():
        status = registry._describe_encoder("image")
        assert status.backend == "efficientnet-lite0"
        assert status.is_fallback
        assert "cannot be searched by words" in status.reason


def test_a_missing_weights_file_is_reported(settings: Settings) -> None:
    settings.OPEN_CLIP_WEIGHTS, settings.ALLOW_MODEL_DOWNLOADS = "/nowhere/clip.pt", False
    assert "/nowhere/clip.pt" in str(OpenClipImageEncoder.find_obstacle())


def test_named_weights_fill_the_slot_without_loading(clip: OpenClipImageEncoder) -> None:
    status = registry._describe_encoder("image")
    assert (status.backend, status.dims, status.is_fallback) == ("open_clip tiny-test", 32, False)
