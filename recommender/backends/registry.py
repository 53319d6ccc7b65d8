"""Which backend fills each model slot on this machine, and why. Imports no torch: backends load on first use."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from django.conf import settings
from django.utils.module_loading import import_string
from numpy.typing import NDArray

from mediarec.library.errors import UnavailableError
from recommender.backends import ranker_weights, selection
from recommender.encoders.protocol import Encoder
from recommender.llm import address
from recommender.llm.openai_http import TimeoutPolicy
from recommender.llm.protocol import TextGenerator
from recommender.models import EmbeddingSpace, Modality
from recommender.vectors.spaces import serving_space

if TYPE_CHECKING:
    from recommender.sequence.serving import SequenceRanker

ENCODER_SLOTS = (Modality.TEXT.value, Modality.IMAGE.value, Modality.AUDIO.value)
IDLE_SECONDS = 600.0  # a worker gives a model's memory back after this long without work
REMEMBERED_QUERIES = 2048
TIMEOUTS = TimeoutPolicy()
HINT_TIMEOUTS = TimeoutPolicy(total_seconds=6.0, pause_seconds=300.0)
LAST_RESORT = {
    "text": "words are searched in full text only",
    "image": "pictures are shown but not compared",
    "audio": "sound is not compared",
}


@dataclass(frozen=True)
class SlotStatus:
    """One slot as a person reads it. `state` is ready, fallback, starting or missing; `reason` one or two sentences."""

    slot: str
    backend: str
    version: str
    is_fallback: bool
    state: str
    reason: str
    dims: int | None = None
    licence: str = ""


@dataclass
class _Loaded:
    encoder: Encoder
    used_at: float


_lock = threading.Lock()
_loaded: dict[str, _Loaded] = {}
_watch: threading.Timer | None = None


def load_encoder(modality: str) -> Encoder | None:
    """The first backend of the slot that this machine can run, kept while it is used; None when there is none."""
    path = _choose(modality)[0]
    if path is None:
        return None
    with _lock:
        kept = _loaded.get(path)
        if kept is None:
            kept = _loaded[path] = _Loaded(_backend(path)(), 0.0)
        kept.used_at = time.monotonic()
        _watch_idleness()
    return kept.encoder


def name_encoder(modality: str) -> Encoder | None:
    """The same backend for its name, version and size alone: nothing is kept or loaded."""
    path = _choose(modality)[0]
    return None if path is None else cast("Encoder", _backend(path)())


def find_path(modality: str) -> str | None:
    """The backend that fills the slot, by its dotted path."""
    return _choose(modality)[0]


def _watch_idleness() -> None:
    """One quiet thread while anything is loaded. Called with the lock held."""
    global _watch
    if _watch is None:
        _watch = threading.Timer(IDLE_SECONDS / 4, _end_watch)
        _watch.daemon = True
        _watch.start()


def _end_watch() -> None:
    global _watch
    unload_idle()
    with _lock:
        _watch = None
        if _loaded:
            _watch_idleness()


def unload_idle(idle_seconds: float = IDLE_SECONDS) -> int:
    """Gives back the memory of encoders that nobody used for this long; returns how many."""
    with _lock:
        idle = [path for path, kept in _loaded.items() if time.monotonic() - kept.used_at >= idle_seconds]
        encoders = [_loaded.pop(path).encoder for path in idle]
    for encoder in encoders:
        encoder.unload()
    return len(encoders)


def embed_query(text: str, space: EmbeddingSpace | None = None) -> NDArray[np.float32]:
    """A person's words in the serving text space, (dims,), unit length; without torch, in a few milliseconds.

    Whoever has looked up the space gives it.
    Raises UnavailableError when no text encoder is installed, or not the one the items were embedded with.
    """
    space = serving_space(Modality.TEXT) if space is None else space
    for path in settings.MODEL_SLOTS[Modality.TEXT]:
        if _backend(path).find_obstacle():
            continue
        encoder = _query_encoder(path)
        if space is None or (encoder.name, encoder.version) == (space.encoder, space.version):
            return _embed_words(path, " ".join(text.split()))
    raise UnavailableError("Search by meaning is off: the text model that read the library is not installed here.")


def current_ranker() -> SequenceRanker | None:
    """The household's own ranker, else the shipped one, kept by version; None leaves content similarity."""
    return ranker_weights.load_current()


def load_generator() -> TextGenerator | None:
    """The language model when one is named and answers; None means templates."""
    return _load_answering(TIMEOUTS)


def load_slot_filler() -> TextGenerator | None:
    """The same language model with the patience of somebody who has an answer already and may get a hint."""
    return _load_answering(HINT_TIMEOUTS)


def describe_slots() -> list[SlotStatus]:
    """Every slot and why it is filled as it is. Looks at packages, files and rows; loads no model."""
    return [*(_describe_encoder(slot) for slot in ENCODER_SLOTS), _describe_writer(), _describe_ranker()]


def _backend(path: str) -> type[Any]:
    return cast("type[Any]", import_string(path))


def _choose(modality: str) -> tuple[str | None, list[str]]:
    """The first backend that can run, and why each one before it cannot."""
    obstacles: list[str] = []
    for path in selection.list_paths(modality):
        obstacle = _backend(path).find_obstacle()
        if obstacle is None:
            return path, obstacles
        obstacles.append(obstacle)
    return None, obstacles


@lru_cache(maxsize=2)
def _query_encoder(path: str) -> Encoder:
    """Kept apart from the workers' encoders and never unloaded: a person waits. One thread: queries are short."""
    encoder = cast("Encoder", _backend(path)())
    if hasattr(encoder, "threads"):
        encoder.threads = 1
    return encoder


@lru_cache(maxsize=REMEMBERED_QUERIES)
def _embed_words(path: str, text: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = _query_encoder(path).encode([text])[0]
    vector.flags.writeable = False  # shared by everyone who asks the same
    return vector


def _load_answering(patience: TimeoutPolicy) -> TextGenerator | None:
    found = address.find_address()
    if not found.url:
        return None
    writer = _writer(found, patience)
    return writer if writer.is_healthy() else None


@lru_cache(maxsize=8)
def _writer(found: address.Address, patience: TimeoutPolicy) -> TextGenerator:
    backend = _backend(settings.MODEL_SLOTS["llm"][0])
    return cast("TextGenerator", backend(found.url, found.model, found.api_key, patience))


def _describe_encoder(modality: str) -> SlotStatus:
    path, obstacles = _choose(modality)
    if path is None:
        reason = " ".join([*obstacles, f"So {LAST_RESORT[modality]}."])
        return SlotStatus(modality, "none", "", True, "missing", reason)
    backend = _backend(path)()  # its constructor loads nothing
    unsearchable = "" if backend.text_aligned or modality != Modality.IMAGE else ", which cannot be searched by words"
    reason = " ".join([*obstacles, f"Using {backend.label}{unsearchable}."])
    state = "fallback" if obstacles else "ready"
    return SlotStatus(
        modality, backend.name, backend.version, bool(obstacles), state, reason, backend.dims, backend.licence
    )


def _describe_writer() -> SlotStatus:
    found = address.find_address()
    if not found.url:
        return SlotStatus("llm", "templates", "", True, found.state, found.reason)
    if _writer(found, TIMEOUTS).is_healthy():
        return SlotStatus("llm", found.model, "", False, "ready", found.reason)
    reason = f"{found.reason} It does not answer right now, so sentences come from templates."
    return SlotStatus("llm", "templates", "", True, "fallback", reason)


def _describe_ranker() -> SlotStatus:
    found = ranker_weights.find_current()
    state = "missing" if found.folder is None else "fallback" if found.is_fallback else "ready"
    return SlotStatus("ranker", found.name, found.version, found.is_fallback, state, found.reason, found.dims)
