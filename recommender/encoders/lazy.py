"""A model that is loaded on first use and can be unloaded again. Knows no model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from mediarec.library.errors import NotLoadedError, UnavailableError
from mediarec.library.native_libraries import explain_load_error

Value = TypeVar("Value")


class LazyModel(Generic[Value]):
    """Thread-safe lazy loading. A caller that already holds the value keeps using it after `unload`.

    `part` names it where it cannot be loaded.
    """

    def __init__(self, part: str, load: Callable[[], Value]) -> None:
        self.part = part
        self.value: Value | None = None
        self._load = load
        self._lock = threading.Lock()

    def load(self) -> Value:
        """Raises NotLoadedError with a sentence."""
        with self._lock:
            if self.value is None:
                self.value = self._try()
            return self.value

    def unload(self) -> None:
        with self._lock:
            self.value = None

    def _try(self) -> Value:
        try:
            return self._load()
        except UnavailableError as error:
            raise NotLoadedError(self.part, str(error)) from error
        except Exception as error:  # torch, ONNX Runtime and OpenCV raise many kinds for one missing or broken file
            sentence = f"{self.part} cannot be loaded: {explain_load_error(error)}."
            raise NotLoadedError(self.part, sentence) from error
