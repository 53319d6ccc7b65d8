"""A model that is loaded on first use and can be unloaded again. Knows no model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class LazyModel(Generic[Value]):
    """Thread-safe lazy loading. A caller that already holds the value keeps using it after `unload`."""

    def __init__(self, load: Callable[[], Value]) -> None:
        self.value: Value | None = None
        self._load = load
        self._lock = threading.Lock()

    def load(self) -> Value:
        with self._lock:
            if self.value is None:
                self.value = self._load()
            return self.value

    def unload(self) -> None:
        with self._lock:
            self.value = None
