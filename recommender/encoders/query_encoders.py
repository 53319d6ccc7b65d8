"""Query encoders: the towers of image encoders as ONNX graphs, which the web process runs without torch. Knows no
tables.

A worker exports them once per encoder version, with a JSON file of facts. The folder is renamed into place, so it is
either complete or absent.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image

from mediarec.library.errors import UnavailableError
from recommender.encoders.clip_tokens import load_tokenizer
from recommender.encoders.preprocessing import PreprocessingConfig, preprocess_image

logger = logging.getLogger(__name__)
PICTURE_FILE, WORDS_FILE, FACTS_FILE = "picture.onnx", "words.onnx", "tower.json"
Write = Callable[[Path], dict[str, Any]]


@dataclass
class QueryEncoder:
    """The graphs of one encoder. Sessions open on first use and stay open, since a person waits for the answer."""

    folder: Path
    preparation: PreprocessingConfig
    context_length: int | None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sessions: dict[str, Any] = field(default_factory=dict)

    def embed_picture(self, picture: Image.Image) -> NDArray[np.float32]:
        """(dims,), unit length."""
        return self._run(PICTURE_FILE, preprocess_image(picture, self.preparation)[None])

    def embed_words(self, text: str) -> NDArray[np.float32]:
        """(dims,), unit length. Raises UnavailableError for an encoder without a text tower."""
        if self.context_length is None:
            raise UnavailableError("The picture model's reading of words is not available here.")
        return self._run(WORDS_FILE, load_tokenizer(self.context_length)(text)[None])

    def _run(self, name: str, inputs: NDArray[Any]) -> NDArray[np.float32]:
        session = self._open(name)
        vector = session.run(None, {session.get_inputs()[0].name: inputs})[0][0]
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)

    def _open(self, name: str) -> Any:
        import onnxruntime

        with self._lock:
            if name not in self._sessions:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = 1
                self._sessions[name] = onnxruntime.InferenceSession(
                    str(self.folder / name), options, providers=["CPUExecutionProvider"]
                )
            return self._sessions[name]


_loaded: dict[Path, QueryEncoder] = {}


def find_query_encoder(encoder: str, version: str) -> QueryEncoder | None:
    """The exported query encoder; None until a worker has exported it."""
    folder = find_folder(encoder, version)
    if folder not in _loaded:
        try:
            facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        _loaded[folder] = QueryEncoder(
            folder, PreprocessingConfig.from_json(facts["preparation"]), facts.get("context_length")
        )
    return _loaded[folder]


def find_folder(encoder: str, version: str) -> Path:
    """The folder of the exported graphs, whether or not they exist."""
    digest = hashlib.sha256(f"{encoder}\n{version}".encode()).hexdigest()[:16]
    folder: Path = settings.MEDIAREC_HOME / "models" / f"questions-{digest}"
    return folder


def export_query_encoder(encoder: Any) -> bool:
    """Writes the graphs of an encoder that supports it; True when they exist afterwards. Failures are logged."""
    write: Write | None = getattr(encoder, "write_query_graphs", None)
    folder = find_folder(encoder.name, encoder.version)
    if write is None or (folder / FACTS_FILE).is_file():
        return write is not None
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".questions-"))
    try:
        facts = write(staging)
        (staging / FACTS_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        staging.chmod(0o755)
        staging.rename(folder)
    except (OSError, UnavailableError) as error:
        logger.warning("the picture model could not be made ready for questions: %s", error)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return (folder / FACTS_FILE).is_file()


def export_onnx(module: Any, example: Any, path: Path) -> None:
    """Exports one torch module with one input to ONNX, for a batch of one. Raises UnavailableError where that fails."""
    import torch

    try:
        torch.onnx.export(
            module.eval(), (example,), str(path), input_names=["question"], output_names=["vector"],
            dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    except OSError:
        raise
    except Exception as error:  # the exporter raises many kinds for a network that it cannot follow
        raise UnavailableError(f"its network cannot be written as a graph: {error}") from error
