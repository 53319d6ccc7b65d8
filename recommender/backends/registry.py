"""Which backend fills each model slot on this machine, and why. Imports no torch: backends load on first use."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
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
from recommender.models import EmbeddingSpace, LoadFailure, Modality
from recommender.vectors.spaces import serving_space

if TYPE_CHECKING:
    from recommender.sequence.serving import SequenceRanker

ENCODER_SLOTS = (Modality.TEXT.value, Modality.IMAGE.value, Modality.AUDIO.value)
IDLE_SECONDS = 600.0  # a worker unloads a model after this long without use
CACHED_QUERIES = 2048
TIMEOUTS = TimeoutPolicy()
HINT_TIMEOUTS = TimeoutPolicy(total_seconds=6.0, pause_seconds=300.0)
UNAVAILABLE_EFFECTS = {
    "text": "words are searched in full text only",
    "image": "pictures are shown but not compared",
    "audio": "sound is not compared",
}


@dataclass(frozen=True)
class SlotStatus:
    """The status of one slot for a person. `state` is ready, fallback, starting or missing; `reason` one or
    two sentences.
    """

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
_idle_timer: threading.Timer | None = None


def load_encoder(modality: str) -> Encoder | None:
    """The first backend of the slot that this machine can run, cached until idle; None when there is none."""
    path = _choose_path(modality)[0]
    if path is None:
        return None
    with _lock:
        loaded = _loaded.get(path)
        if loaded is None:
            loaded = _loaded[path] = _Loaded(_backend(path)(), 0.0)
        loaded.used_at = time.monotonic()
        _start_idle_timer()
    return loaded.encoder


def create_encoder(modality: str) -> Encoder | None:
    """A fresh instance of the slot's backend, for its name, version and size; no weights are loaded. None
    when there is none.
    """
    path = _choose_path(modality)[0]
    return None if path is None else cast("Encoder", _backend(path)())


def backend_path(modality: str) -> str | None:
    """The dotted path of the backend that fills the slot; None when there is none."""
    return _choose_path(modality)[0]


def _start_idle_timer() -> None:
    """One daemon timer while any encoder is loaded. Call with the lock held."""
    global _idle_timer
    if _idle_timer is None:
        _idle_timer = threading.Timer(IDLE_SECONDS / 4, _check_idle)
        _idle_timer.daemon = True
        _idle_timer.start()


def _check_idle() -> None:
    """Unloads idle encoders; restarts the timer while others remain."""
    global _idle_timer
    unload_idle()
    with _lock:
        _idle_timer = None
        if _loaded:
            _start_idle_timer()


def unload_idle(idle_seconds: float = IDLE_SECONDS) -> int:
    """Unloads encoders not used for `idle_seconds`; returns how many."""
    with _lock:
        idle = [path for path, loaded in _loaded.items() if time.monotonic() - loaded.used_at >= idle_seconds]
        encoders = [_loaded.pop(path).encoder for path in idle]
    for encoder in encoders:
        encoder.unload()
    return len(encoders)


def embed_query(text: str, space: EmbeddingSpace | None = None) -> NDArray[np.float32]:
    """A query in the serving text space: (dims,) float32, unit length. Takes milliseconds and no torch.

    A caller that already has the serving space passes it as `space`. Raises UnavailableError when no text encoder is
    installed, or not the one the items were embedded with.
    """
    space = serving_space(Modality.TEXT) if space is None else space
    for path in settings.MODEL_SLOTS[Modality.TEXT]:
        if _backend(path).find_obstacle():
            continue
        encoder = _query_encoder(path)
        if space is None or (encoder.name, encoder.version) == (space.encoder, space.version):
            return _embed_cached(path, " ".join(text.split()))
    raise UnavailableError("Search by meaning is off: the text model that read the library is not installed here.")


def current_ranker() -> SequenceRanker | None:
    """The household's own ranker, else the shipped one; None falls back to content similarity."""
    return ranker_weights.load_current()


def load_generator() -> TextGenerator | None:
    """The language model when one is configured and healthy; None means templates."""
    return _load_healthy_generator(TIMEOUTS)


def load_slot_filler() -> TextGenerator | None:
    """The same language model with short timeouts: it only refines an answer that exists already."""
    return _load_healthy_generator(HINT_TIMEOUTS)


def describe_slots() -> list[SlotStatus]:
    """The status of every slot with its reason. Reads packages, files and rows; loads no model."""
    encoders = (_add_load_failure(_describe_encoder(slot)) for slot in ENCODER_SLOTS)
    return [*encoders, _describe_generator(), _describe_ranker()]


def _backend(path: str) -> type[Any]:
    return cast("type[Any]", import_string(path))


def _choose_path(modality: str) -> tuple[str | None, list[str]]:
    """The first backend that can run, and the obstacles of those before it."""
    obstacles: list[str] = []
    for path in selection.list_paths(modality):
        obstacle = _backend(path).find_obstacle()
        if obstacle is None:
            return path, obstacles
        obstacles.append(obstacle)
    return None, obstacles


@lru_cache(maxsize=2)
def _query_encoder(path: str) -> Encoder:
    """Separate from the workers' encoders and never unloaded, since a person waits. One thread: queries are short."""
    encoder = cast("Encoder", _backend(path)())
    if hasattr(encoder, "threads"):
        encoder.threads = 1
    return encoder


@lru_cache(maxsize=CACHED_QUERIES)
def _embed_cached(path: str, text: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = _query_encoder(path).encode([text])[0]
    vector.flags.writeable = False  # shared by all callers with the same query
    return vector


def _load_healthy_generator(timeouts: TimeoutPolicy) -> TextGenerator | None:
    llm_address = address.find_address()
    if not llm_address.url:
        return None
    generator = _generator(llm_address, timeouts)
    return generator if generator.is_healthy() else None


@lru_cache(maxsize=8)
def _generator(llm_address: address.Address, timeouts: TimeoutPolicy) -> TextGenerator:
    backend = _backend(settings.MODEL_SLOTS["llm"][0])
    return cast("TextGenerator", backend(llm_address.url, llm_address.model, llm_address.api_key, timeouts))


def _describe_encoder(modality: str) -> SlotStatus:
    path, obstacles = _choose_path(modality)
    if path is None:
        reason = " ".join([*obstacles, f"So {UNAVAILABLE_EFFECTS[modality]}."])
        return SlotStatus(modality, "none", "", True, "missing", reason)
    backend = _backend(path)()  # its constructor loads nothing
    unsearchable = "" if backend.text_aligned or modality != Modality.IMAGE else ", which cannot be searched by words"
    reason = " ".join([*obstacles, f"Using {backend.label}{unsearchable}."])
    state = "fallback" if obstacles else "ready"
    return SlotStatus(
        modality, backend.name, backend.version, bool(obstacles), state, reason, backend.dims, backend.licence
    )


def _add_load_failure(status: SlotStatus) -> SlotStatus:
    """Adds what a worker recorded when it could not load the backend."""
    failure = LoadFailure.objects.filter(part=status.backend).first()
    if failure is None:
        return status
    reason = f"{failure.reason} So {UNAVAILABLE_EFFECTS[status.slot]}."
    return replace(status, is_fallback=True, state="missing", reason=reason)


def _describe_generator() -> SlotStatus:
    llm_address = address.find_address()
    if not llm_address.url:
        return SlotStatus("llm", "templates", "", True, llm_address.state, llm_address.reason)
    if _generator(llm_address, TIMEOUTS).is_healthy():
        return SlotStatus("llm", llm_address.model, "", False, "ready", llm_address.reason)
    reason = f"{llm_address.reason} It does not answer right now, so sentences come from templates."
    return SlotStatus("llm", "templates", "", True, "fallback", reason)


def _describe_ranker() -> SlotStatus:
    choice = ranker_weights.find_current()
    state = "missing" if choice.folder is None else "fallback" if choice.is_fallback else "ready"
    return SlotStatus("ranker", choice.name, choice.version, choice.is_fallback, state, choice.reason, choice.dims)
