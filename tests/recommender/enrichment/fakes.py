"""Models that answer from arithmetic: no weights, the same every time, and they remember what they were given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from mediarec.library.errors import NotUnderstoodError, UnavailableError
from mediarec.library.models import Item
from recommender.enrichment import Models, Plan, run_pending
from recommender.enrichment.extractors import Extractor, Target


def unit(text: str, dims: int) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
    vector = np.random.default_rng(seed).standard_normal(dims).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class ReadsTwoFilms:
    """What a reader needs besides `read`: two films to go through, and nothing is opened."""

    parts: Mapping[str, Callable[[], None]] = {}

    def load(self) -> None:
        """Nothing is needed."""

    def applicable(self) -> QuerySet[Item]:
        return Item.objects.filter(title__in=["Slow Film 1", "Slow Film 2"])

    def find_targets(self, item_ids: Sequence[int]) -> list[Target]:
        return [Target(item_id, "digest", __file__) for item_id in item_ids]  # type: ignore[arg-type]


class FakeEncoder:
    """`refuses` are words whose inputs cannot be read; `dies_at` raises KeyboardInterrupt in that call, like a kill."""

    licence = "none"
    label = "a fake"
    text_aligned = False

    def __init__(self, modality: str, dims: int = 8, version: str = "1", refuses: tuple[str, ...] = ()) -> None:
        self.modality, self.dims, self.version = modality, dims, version
        self.name = f"fake {modality}"
        self.refuses = refuses
        self.dies_at: int | None = None
        self.calls: list[int] = []

    @staticmethod
    def find_obstacle() -> str | None:
        return None

    def load(self) -> None:
        """Nothing is needed."""

    def encode(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        self.calls.append(len(inputs))
        if self.dies_at == len(self.calls):
            raise KeyboardInterrupt
        for given in inputs:
            if any(word in str(given) for word in self.refuses):
                raise NotUnderstoodError(f"{given} cannot be read.")
        vectors = [unit(f"{self.version}{_name(given)}", self.dims) for given in inputs]
        return np.stack(vectors) if vectors else np.zeros((0, self.dims), dtype=np.float32)

    def unload(self) -> None:
        """Nothing to give back."""


def _name(given: Any) -> str:
    return str(given.tobytes()[:64]) if hasattr(given, "tobytes") else str(given)


class BrokenEncoder(FakeEncoder):
    def encode(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        raise UnavailableError("The weights are broken.")


@dataclass
class FakeRanker:
    """The mean of what is there, cut to `dims`."""

    name: str = "fake ranker"
    version: str = "1"
    dims: int = 4
    modality_dims: Mapping[str, int] = field(default_factory=lambda: {"text": 8, "image": 6, "audio": 5})
    trained_modalities: frozenset[str] = frozenset({"text", "image", "audio"})
    facts: dict[str, Any] = field(default_factory=dict)
    calls: int = 0

    def embed_items(
        self, vectors: Mapping[str, NDArray[np.float32]], present: Mapping[str, NDArray[np.bool_]]
    ) -> NDArray[np.float32]:
        self.calls += 1
        total = sum(given[:, : self.dims] * present[name][:, None] for name, given in vectors.items())
        shifted = np.asarray(total, dtype=np.float32) + 0.01 * int(self.version)
        return np.asarray(shifted / np.linalg.norm(shifted, axis=1, keepdims=True), dtype=np.float32)


@dataclass
class FakeWriter:
    """Answers with `says`, which may hold {title}."""

    says: str = "{title} is a film."
    name: str = "fake writer"
    asked: list[Sequence[str]] = field(default_factory=list)

    def write(self, system: str, facts: Sequence[str], max_tokens: int, schema: Mapping[str, Any] | None = None) -> str:
        self.asked.append(facts)
        title = next((line.partition(": ")[2] for line in facts if line.startswith("title: ")), "")
        return self.says.format(title=title)

    def stream(self, system: str, facts: Sequence[str], max_tokens: int) -> Iterator[str]:
        yield self.write(system, facts, max_tokens)

    def is_healthy(self) -> bool:
        return True


@dataclass
class Bench:
    """One of each, and a run over everything."""

    text: FakeEncoder = field(default_factory=lambda: FakeEncoder("text"))
    image: FakeEncoder = field(default_factory=lambda: FakeEncoder("image", 6))
    audio: FakeEncoder = field(default_factory=lambda: FakeEncoder("audio", 5))
    ranker: FakeRanker | None = field(default_factory=FakeRanker)
    writer: FakeWriter | None = None
    messages: list[tuple[int, int, str]] = field(default_factory=list)
    stop_after: int | None = None
    readers: tuple[Extractor, ...] = ()
    made_ready: list[str] = field(default_factory=list)

    def run(self, *only: str, limit: int | None = None) -> int:
        plan = Plan(frozenset(only), limit) if only else Plan(limit=limit)
        return run_pending(self._should_stop, self._note, plan, self.models)

    @property
    def models(self) -> Models:
        encoders = {"text": self.text, "image": self.image, "audio": self.audio}
        return Models(
            encoder=lambda modality: encoders.get(modality),
            ranker=lambda: self.ranker,
            writer=lambda: self.writer,
            readers=self.readers,
            make_ready=lambda encoder: self.made_ready.append(encoder.modality),
        )

    def _note(self, done: int, total: int, message: str) -> None:
        self.messages.append((done, total, message))

    def _should_stop(self) -> bool:
        return self.stop_after is not None and len(self.messages) >= self.stop_after
