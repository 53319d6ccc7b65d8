"""CLAP on a tiny, randomly initialised checkpoint loaded through the production path: folder, config, weights."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings

from mediarec.library.errors import UnavailableError
from recommender.backends import registry
from recommender.encoders.audio_descriptors import AudioDescriptorEncoder
from recommender.encoders.protocol import Encoder
from recommender.encoders.sound_clap import WINDOWS, ClapSoundEncoder, cut_windows
from recommender.encoders.torchvision_operators import declare_missing_operators
from tests.contracts.encoders import EncoderContract

WORDS = ["<pad>", "<unk>", "slow", "piano", "loud", "drums"]
TEXT = {
    "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64,
    "vocab_size": len(WORDS), "max_position_embeddings": 90, "pad_token_id": 0,
}  # fmt: skip
SOUND = {
    "patch_embeds_hidden_size": 16, "depths": [1, 1], "num_attention_heads": [2, 2], "hidden_size": 32,
    "spec_size": 64, "window_size": 4, "num_mel_bins": 32,
}  # fmt: skip


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights") / "tiny-test"
    declare_missing_operators()
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.manual_seed(3)
    ClapModel(ClapConfig(text_config=TEXT, audio_config=SOUND, projection_dim=24)).save_pretrained(folder)
    ClapFeatureExtractor(feature_size=32, max_length_s=1, truncation="rand_trunc", padding="repeatpad").save_pretrained(
        folder
    )
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def clap(weights: Path, settings: Settings) -> ClapSoundEncoder:
    settings.CLAP_WEIGHTS = str(weights)
    return ClapSoundEncoder()


class TestClap(EncoderContract):
    @pytest.fixture
    def encoder(self, clap: ClapSoundEncoder) -> Encoder:
        return clap

    @pytest.fixture
    def inputs(self, sounds: list[Path]) -> list[Any]:
        return list(sounds)


def test_words_and_sounds_share_the_space(clap: ClapSoundEncoder, sounds: list[Path]) -> None:
    words = clap.encode_words(["slow piano", "loud drums drums"])
    assert words.shape == (2, clap.dims) == (2, 24)
    assert np.allclose(np.linalg.norm(words, axis=1), 1.0, atol=1e-4)
    assert not np.allclose(words[0], words[1], atol=1e-3)
    assert clap.encode_words([]).shape == (0, 24)
    assert np.allclose(clap.encode_words(["slow piano"]), words[:1], atol=1e-4)


@pytest.mark.django_db
def test_configured_weights_fill_the_slot_and_without_them_descriptors_do(
    clap: ClapSoundEncoder, settings: Settings
) -> None:
    assert (
        registry.backend_path(
            "audio",
        )
        == settings.MODEL_SLOTS["audio"][0]
    )
    settings.CLAP_WEIGHTS = ""
    assert "no package carries any" in str(ClapSoundEncoder.find_obstacle())
    status = next(status for status in registry.describe_slots() if status.slot == "audio")
    assert (status.backend, status.is_fallback) == (AudioDescriptorEncoder.name, True)
    assert "No CLAP weights" in status.reason


def test_the_obstacle_names_the_missing_file(weights: Path, settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(weights, tmp_path / "half")
    (tmp_path / "half" / "model.safetensors").unlink()
    settings.CLAP_WEIGHTS = str(tmp_path / "half")
    assert str(ClapSoundEncoder.find_obstacle()).endswith("half lacks model.safetensors.")


def test_the_error_for_broken_weights_names_their_folder(weights: Path, sounds: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(weights, folder)
    raw = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(UnavailableError, match="broken cannot be loaded"):
        ClapSoundEncoder(folder).encode(sounds[:1])


def test_weights_that_do_not_match_their_checksum_are_not_loaded(
    weights: Path, sounds: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "noted"
    shutil.copytree(weights, folder)
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    checksum_file = folder / "model.safetensors.sha256"
    checksum_file.write_text(f"{digest}  model.safetensors\n")
    assert ClapSoundEncoder(folder).encode(sounds[:1]).shape == (1, 24)
    checksum_file.write_text(f"{'0' * 64}  model.safetensors\n")
    with pytest.raises(UnavailableError, match=r"do not match the checksum in model\.safetensors\.sha256"):
        ClapSoundEncoder(folder).encode(sounds[:1])


def test_a_long_sound_is_sampled_at_its_start_middle_and_end() -> None:
    samples = np.arange(1000, dtype=np.float32)
    windows = cut_windows(samples, 100)
    assert [int(window[0]) for window in windows] == [0, 450, 900]
    assert len(windows) == WINDOWS
    assert len(cut_windows(samples[:60], 100)) == 1


def test_the_config_names_the_size_without_loading(clap: ClapSoundEncoder, weights: Path) -> None:
    assert clap.dims == json.loads((weights / "config.json").read_text())["projection_dim"]
    assert clap._lazy.value is None
