"""open_clip image encoder: pictures and words in one space. Weights come from a configured file, or from the hub where
downloads are allowed.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image

from mediarec.library.errors import MediarecError, NotUnderstoodError, UnavailableError
from recommender.encoders import query_encoders, weight_files
from recommender.encoders.lazy import LazyModel
from recommender.encoders.preprocessing import PreprocessingConfig
from recommender.encoders.torchvision_operators import declare_missing_operators

BATCH_SIZE = 16
GIB = 2**30
CLIP_START, CLIP_END = 49_406, 49_407
HUB_TAGS = {  # the weights that each model's authors recommend; the ViTs were trained on LAION-2B
    "MobileCLIP-S1": "datacompdr",
    "ViT-B-32": "laion2b_s34b_b79k",
    "ViT-B-16": "laion2b_s34b_b88k",
    "ViT-L-14": "laion2b_s32b_b82k",
}
DEFAULT_MODEL = "ViT-B-32"
# By total memory: the largest model that leaves most of it free and is fast enough for a library. Larger with a GPU.
BY_MEMORY_GIB = ((4.0, "MobileCLIP-S1"), (15.0, DEFAULT_MODEL))
ROOMY_MODEL, GPU_MODEL = "ViT-B-16", "ViT-L-14"


@dataclass(frozen=True)
class ClipSource:
    """The architecture, and either a weights file or the tag of published weights."""

    model: str
    weights: str

    @property
    def file(self) -> Path | None:
        path = Path(self.weights).expanduser()
        return path if self.weights and path.is_file() else None

    @property
    def config_file(self) -> Path | None:
        """The architecture's JSON: beside the weights (custom architectures), else in open_clip's package; None where
        there is none.
        """
        beside = self.file.parent / f"{self.model}.json" if self.file else None
        if beside and beside.is_file():
            return beside
        spec = importlib.util.find_spec("open_clip")
        folders = (spec.submodule_search_locations or []) if spec else []
        packaged = (Path(folder) / "model_configs" / f"{self.model}.json" for folder in folders)
        return next((path for path in packaged if path.is_file()), None)


def read_source() -> ClipSource:
    weights = settings.OPEN_CLIP_WEIGHTS
    if weights or not settings.ALLOW_MODEL_DOWNLOADS:
        return ClipSource(settings.OPEN_CLIP_MODEL or DEFAULT_MODEL, weights)
    model = settings.OPEN_CLIP_MODEL or choose_model(psutil.virtual_memory().total / GIB, has_gpu=_has_gpu())
    return ClipSource(model, HUB_TAGS.get(model, ""))


def choose_model(memory_gib: float, *, has_gpu: bool) -> str:
    """Uses total rather than free memory: the choice must not change between two starts."""
    if has_gpu:
        return GPU_MODEL
    return next((model for limit, model in BY_MEMORY_GIB if memory_gib < limit), ROOMY_MODEL)


def _has_gpu() -> bool:
    """Checks device files instead of torch, which the pages must not load."""
    return any(Path(name).exists() for name in ("/dev/nvidia0", "/dev/nvidiactl"))


class OpenClipImageEncoder:
    """Radford et al., 2021 (CLIP), in the open_clip implementation. On a CPU: bf16 where supported, else int8 linear
    layers.
    """

    modality = "image"
    licence = "that of the weights named"
    label = "open_clip picture vectors"
    text_aligned = True

    def __init__(self, source: ClipSource | None = None) -> None:
        self.source = source or read_source()
        self.name = f"open_clip {self.source.model}"
        self.version = _read_version(self.source)
        self.dims = _read_dims(self.source)
        self._lazy = LazyModel(self.name, partial(_load_compact, self.source))

    @staticmethod
    def find_obstacle() -> str | None:
        source = read_source()
        for name in ("torch", "torchvision", "open_clip"):
            if importlib.util.find_spec(name) is None:
                return f"No CLIP: {name} is not installed."
        if not source.weights:
            return "No CLIP weights: none are named in MEDIAREC_OPEN_CLIP_WEIGHTS and downloads are off."
        if source.file is None and not settings.ALLOW_MODEL_DOWNLOADS:
            return f"No CLIP weights: there is no file {source.weights} and downloads are off."
        if source.config_file is None:
            return f"No CLIP: open_clip knows no model {source.model}."
        return None

    def encode(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Pictures to (N, dims) float32, unit length. Raises UnavailableError where the weights cannot be loaded."""
        if not images:
            return np.zeros((0, self.dims), dtype=np.float32)
        if not all(isinstance(image, Image.Image) for image in images):
            raise NotUnderstoodError("The picture model reads pictures, and was given something else.")
        model, transform = self._lazy.load()
        parts = []
        for start in range(0, len(images), BATCH_SIZE):
            inputs = [transform(image.convert("RGB")) for image in images[start : start + BATCH_SIZE]]
            parts.append(_run(model, "encode_image", inputs))
        return np.concatenate(parts)

    def encode_words(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts to (N, dims) float32, unit length, in the space of the pictures."""
        if not texts:
            return np.zeros((0, self.dims), dtype=np.float32)
        import open_clip

        model, _ = self._lazy.load()
        return _run(model, "encode_text", list(open_clip.get_tokenizer(self.source.model)(list(texts))))

    def write_query_graphs(self, folder: Path) -> dict[str, Any]:
        """Writes the image tower as ONNX, and the text tower where the tokenizer is CLIP's own. Returns the facts to
        load them by.
        """
        import torch

        model, _ = _load_model(self.source)  # the full-precision model: int8 layers cannot be exported
        single = model.float().cpu()
        preprocess = single.visual.preprocess_cfg
        size = preprocess["size"]
        side = int(size if isinstance(size, int) else size[0])
        image_tower = _tower(single, "encode_image")
        query_encoders.export_onnx(image_tower, torch.zeros(1, 3, side, side), folder / query_encoders.PICTURE_FILE)
        preparation = PreprocessingConfig(side, tuple(preprocess["mean"]), tuple(preprocess["std"]))
        length = _read_context_length(self.source)
        if length is not None:
            token_ids = torch.zeros(1, length, dtype=torch.int64)
            token_ids[0, 0], token_ids[0, 1] = CLIP_START, CLIP_END
            query_encoders.export_onnx(_tower(single, "encode_text"), token_ids, folder / query_encoders.WORDS_FILE)
        return {"preparation": preparation.to_json(), "context_length": length}

    def load(self) -> None:
        self._lazy.load()

    def unload(self) -> None:
        self._lazy.unload()


def _load_compact(source: ClipSource) -> tuple[Any, Any]:
    model, transform = _load_model(source)
    return _quantise_if_needed(model), transform


def _load_model(source: ClipSource) -> tuple[Any, Any]:
    """The full-precision model and its image transform. Raises UnavailableError naming the weights."""
    if source.file is not None:
        weight_files.verify_checksum(source.file)
    try:
        declare_missing_operators()
        import open_clip
        import torch

        if source.config_file is not None:
            open_clip.add_model_config(source.config_file)
        pretrained = str(source.file) if source.file else source.weights
        device = "cuda" if torch.cuda.is_available() else "cpu"
        model, _, transform = open_clip.create_model_and_transforms(
            source.model, pretrained=pretrained, device=device, weights_only=True
        )
    except MediarecError:
        raise
    except Exception as error:  # torch, open_clip and the hub raise many kinds for one broken or absent file
        raise UnavailableError(f"The CLIP weights {source.weights} cannot be loaded: {error}.") from error
    return model.eval(), transform


def _quantise_if_needed(model: Any) -> Any:
    """On a CPU without bf16, linear layers get dynamic int8 weights: a quarter of the memory, and faster."""
    import torch

    if next(model.parameters()).device.type == "cuda" or _has_bfloat16():
        return model
    quantise: Any = torch.ao.quantization.quantize_dynamic  # in the pinned torch; later ones move it elsewhere
    return quantise(model, {torch.nn.Linear}, dtype=torch.qint8)


def _run(model: Any, method: str, inputs: list[Any]) -> NDArray[np.float32]:
    """Applies `model.method` to a batch of input tensors: (B, dims) float32, unit length."""
    import torch

    batch = torch.stack(inputs).to(next(model.parameters()).device)
    uses_half = batch.device.type == "cuda" or _has_bfloat16()
    half_type = torch.float16 if batch.device.type == "cuda" else torch.bfloat16
    with torch.inference_mode(), torch.autocast(batch.device.type, half_type, enabled=uses_half):
        features = getattr(model, method)(batch)
    unit = torch.nn.functional.normalize(features.float(), dim=1)
    return np.asarray(unit.cpu().numpy(), dtype=np.float32)


def _tower(model: Any, method: str) -> Any:
    """Wraps one encoding method as a module of its own, for export."""
    import torch

    class Tower(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            vector: torch.Tensor = getattr(self.model, method)(inputs)
            return vector

    return Tower()


def _read_context_length(source: ClipSource) -> int | None:
    """Text length in tokens; None for a model with another tokenizer, which then takes no text queries."""
    if source.config_file is None:
        return None
    text_config = json.loads(source.config_file.read_text(encoding="utf-8")).get("text_cfg", {})
    return None if "hf_tokenizer_name" in text_config else int(text_config.get("context_length", 77))


def _has_bfloat16() -> bool:
    """bf16 is four times as fast where the CPU supports it, and slower than float32 where it is emulated."""
    import torch

    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _read_version(source: ClipSource) -> str:
    return source.weights if source.file is None else weight_files.read_version(source.file)


def _read_dims(source: ClipSource) -> int:
    if source.config_file is None:
        raise UnavailableError(f"open_clip knows no model {source.model}: see MEDIAREC_OPEN_CLIP_MODEL.")
    return int(json.loads(source.config_file.read_text(encoding="utf-8"))["embed_dim"])
