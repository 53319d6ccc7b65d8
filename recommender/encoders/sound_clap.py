"""CLAP audio encoder: sounds and words in one space, from a configured folder of weights. Torch is loaded with the
weights.

No package ships weights: without a folder this backend reports so, and the audio descriptors take its place.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from mediarec.library.errors import MediarecError, NotUnderstoodError, UnavailableError
from recommender.encoders.audio_decoding import LONGEST_SECONDS, read_middle
from recommender.encoders.lazy import LazyModel
from recommender.encoders.torchvision_operators import declare_missing_operators
from recommender.encoders.weight_files import read_version, verify_checksum

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
FEATURES = "preprocessor_config.json"
WINDOWS = 3  # evenly spaced over the decoded stretch; the recording's vector is their mean
MOST_TOKENS = 77


def find_folder() -> Path | None:
    """The configured weights folder; None where none is configured."""
    return Path(settings.CLAP_WEIGHTS).expanduser() if settings.CLAP_WEIGHTS else None


class ClapSoundEncoder:
    """Wu et al., 2023 (LAION-CLAP), in the transformers implementation."""

    modality = "audio"
    licence = "that of the weights named"
    label = "CLAP sound vectors"
    text_aligned = True

    def __init__(self, folder: Path | None = None) -> None:
        weights_folder = folder or find_folder()
        if weights_folder is None:
            raise UnavailableError("No CLAP weights are named in MEDIAREC_CLAP_WEIGHTS.")
        self.folder = weights_folder
        self.name = f"CLAP {weights_folder.name}"
        self.version = read_version(weights_folder / WEIGHTS)
        self.dims = int(json.loads((weights_folder / CONFIG).read_text(encoding="utf-8"))["projection_dim"])
        self._lazy = LazyModel(self.name, partial(_load_model, weights_folder))

    @staticmethod
    def find_obstacle() -> str | None:
        for name in ("torch", "transformers", "tokenizers", "av"):
            if importlib.util.find_spec(name) is None:
                return f"No CLAP: {name} is not installed."
        folder = find_folder()
        if folder is None:
            return "No CLAP weights: none are named in MEDIAREC_CLAP_WEIGHTS, and no package carries any."
        missing = [name for name in (CONFIG, WEIGHTS, FEATURES) if not (folder / name).is_file()]
        return f"No CLAP weights: {folder} lacks {', '.join(missing)}." if missing else None

    def encode(self, paths: Sequence[Path]) -> NDArray[np.float32]:
        """Paths to (N, dims) float32, unit length. Raises a MediarecError that names the first file it cannot read."""
        if not all(isinstance(path, Path) for path in paths):
            raise NotUnderstoodError("The sound model reads files, and was given something else.")
        if not paths:
            return np.zeros((0, self.dims), dtype=np.float32)
        model, extractor = self._lazy.load()
        return np.stack([_encode_file(model, extractor, path) for path in paths])

    def encode_words(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts to (N, dims) float32, unit length, in the space of the sounds."""
        if not texts:
            return np.zeros((0, self.dims), dtype=np.float32)
        import torch
        from tokenizers import Tokenizer

        model, _ = self._lazy.load()
        if not (self.folder / TOKENIZER).is_file():
            raise UnavailableError(f"{self.folder} lacks {TOKENIZER}, so sounds cannot be asked for in words.")
        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        tokenizer.enable_truncation(MOST_TOKENS)
        tokenizer.enable_padding(pad_id=int(model.config.text_config.pad_token_id or 0))
        encodings = tokenizer.encode_batch(list(texts))
        with torch.inference_mode():
            output = model.get_text_features(
                input_ids=torch.tensor([encoding.ids for encoding in encodings]),
                attention_mask=torch.tensor([encoding.attention_mask for encoding in encodings]),
            )
        return _normalise(_pooled_features(output))

    def load(self) -> None:
        self._lazy.load()

    def unload(self) -> None:
        self._lazy.unload()


def _load_model(folder: Path) -> tuple[Any, Any]:
    """The model and its feature extractor. Raises UnavailableError naming the folder."""
    verify_checksum(folder / WEIGHTS)
    try:
        declare_missing_operators()
        from transformers import ClapFeatureExtractor, ClapModel

        model: Any = ClapModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        extractor = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
    except MediarecError:
        raise
    except Exception as error:  # torch, safetensors and transformers raise many kinds for one broken or absent file
        raise UnavailableError(f"The CLAP weights in {folder} cannot be loaded: {error}.") from error
    return model.eval(), extractor


def _encode_file(model: Any, extractor: Any, path: Path) -> NDArray[np.float32]:
    """The mean vector of a few windows, each of the length the model was trained on: (dims,), unit length."""
    import torch

    sample_rate, window_samples = int(extractor.sampling_rate), int(extractor.nb_max_samples)
    windows = cut_windows(read_middle(path, LONGEST_SECONDS, sample_rate), window_samples)
    features = extractor(windows, sampling_rate=sample_rate, return_tensors="pt")
    is_longer = torch.zeros(len(windows), 1, dtype=torch.bool)  # no window exceeds the model's input length
    with torch.inference_mode():
        output = model.get_audio_features(input_features=features["input_features"], is_longer=is_longer)
    mean = _normalise(_pooled_features(output)).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def cut_windows(samples: NDArray[np.float32], length: int) -> list[NDArray[np.float32]]:
    """WINDOWS slices of `length` samples, evenly spaced from the first sample to the last; a shorter sound is one
    window.
    """
    if len(samples) <= length:
        return [samples]
    starts = np.linspace(0, len(samples) - length, WINDOWS).astype(int)
    return [samples[start : start + length] for start in starts]


def _pooled_features(output: Any) -> Any:
    """transformers 5 wraps the tensor that version 4 returned bare."""
    return getattr(output, "pooler_output", output)


def _normalise(features: Any) -> NDArray[np.float32]:
    import torch

    return np.asarray(torch.nn.functional.normalize(features.float(), dim=1).numpy(), dtype=np.float32)
