"""Serving the sequential model with ONNX Runtime and numpy. Knows no torch, so the web process may use it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import UnavailableError
from recommender.sequence.events import EVENT_INDEX, bucket_gaps

SHIPPED_WEIGHTS = Path(__file__).resolve().parent / "weights"
ITEM_CHUNK = 2048


class SequenceRanker:
    """Item and person vectors of one space; the score of an item is their dot product."""

    def __init__(self, facts: Mapping[str, Any], items: Any, person: Any) -> None:
        self.name: str = facts["name"]
        self.version: str = facts["version"]
        self.facts = dict(facts)
        self.dims: int = facts["config"]["dims"]
        self.modality_dims: Mapping[str, int] = facts["config"]["modality_dims"]
        self.trained_modalities: frozenset[str] = frozenset(facts["trained_modalities"])
        self.length: int = facts["served_length"]
        self._items, self._person = items, person

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> SequenceRanker:
        """Raises UnavailableError with a sentence when a file is missing or broken."""
        try:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            facts = json.loads((folder / "ranker.json").read_text(encoding="utf-8"))
            sessions = [
                onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
                for name in ("items.onnx", "person.onnx")
            ]
            return cls(facts, *sessions)
        except ImportError as error:
            raise UnavailableError("The ranker needs the package onnxruntime.") from error
        except Exception as error:  # onnxruntime raises many kinds of its own for one broken file
            raise UnavailableError(f"The ranker in {folder} cannot be loaded: {error}.") from error

    def embed_items(
        self, vectors: Mapping[str, NDArray[np.float32]], present: Mapping[str, NDArray[np.bool_]]
    ) -> NDArray[np.float32]:
        """(n, dims of each modality) vectors and (n,) booleans of presence -> (n, dims), unit length.

        A modality that was absent in training is masked: its weights are noise.
        """
        count = len(next(iter(vectors.values()))) if vectors else 0
        out = np.empty((count, self.dims), dtype=np.float32)
        for start in range(0, count, ITEM_CHUNK):
            part = slice(start, min(count, start + ITEM_CHUNK))
            size = part.stop - part.start
            feeds = {
                name: _fit(vectors[name][part], dims)
                if self._reads(name, vectors, present)
                else np.zeros((size, dims), dtype=np.float32)
                for name, dims in self.modality_dims.items()
            }
            masks = [
                present[name][part] if self._reads(name, vectors, present) else np.zeros(size, dtype=bool)
                for name in self.modality_dims
            ]
            out[part] = self._items.run(None, {**feeds, "present": np.stack(masks, axis=1)})[0]
        return out

    def _reads(self, name: str, vectors: Mapping[str, Any], present: Mapping[str, Any]) -> bool:
        return name in self.trained_modalities and name in vectors and name in present

    def embed_person(
        self, item_vectors: NDArray[np.float32], whats: Sequence[str], ages_seconds: Sequence[float]
    ) -> NDArray[np.float32]:
        """(T, dims) item vectors, event types and ages, oldest first -> (dims,), unit length; zeros for no event."""
        size = min(len(item_vectors), self.length)
        if not size:
            return np.zeros(self.dims, dtype=np.float32)
        items = np.zeros((1, self.length, self.dims), dtype=np.float32)
        types, gaps = np.zeros((1, self.length), dtype=np.int64), np.zeros((1, self.length), dtype=np.int64)
        items[0, -size:] = item_vectors[-size:]
        types[0, -size:] = [EVENT_INDEX.get(what, EVENT_INDEX["finished"]) for what in whats[-size:]]
        gaps[0, -size:] = bucket_gaps(ages_seconds[-size:])
        person = self._person.run(None, {"items": items, "types": types, "gaps": gaps})[0]
        return np.asarray(person[0], dtype=np.float32)


def _fit(vectors: NDArray[np.float32], dims: int) -> NDArray[np.float32]:
    if vectors.shape[1] != dims:
        raise UnavailableError(f"The ranker was trained on vectors of {dims} numbers and was given {vectors.shape[1]}.")
    return np.ascontiguousarray(vectors, dtype=np.float32)
