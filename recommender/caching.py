"""Values that are kept in this process for a limited time and shared by its threads. Knows no table."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar
from weakref import WeakSet

import cachetools

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Compute: TypeAlias = Callable[[list[Key]], Mapping[Key, Value]]
Lifetime: TypeAlias = Callable[[Value], float]

# Far longer than anything computed here takes. A thread that has waited so long computes by itself: the other may be
# waiting for a lock in PostgreSQL that a transaction of this one holds, a deadlock that neither side can detect.
MOST_WAITED_SECONDS = 30.0

# Without the look at the clock and the note of use that cachetools makes of each key: a page reads thousands at a time,
# and they would cost it milliseconds.
_read = cachetools.Cache.__getitem__


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Value]):
    value: Value
    version: object
    until: float


class _Computation(Generic[Key, Value]):
    """What one thread computes now; `values` stays None where it fails."""

    def __init__(self, version: object) -> None:
        self.version = version
        self.values: Mapping[Key, Value] | None = None
        self.ended = threading.Event()


class TTLCache(Generic[Key, Value]):
    """At most `size` values, each for `seconds`; the one stored longest ago makes room (`cachetools.TLRUCache`).

    One thread at a time computes the value of a key, others that ask for the same key wait for its answer, and no lock
    is held meanwhile. A value may carry a version, such as the id of the newest row it was made from: asked for another
    version, it is computed again.
    """

    def __init__(self, size: int, seconds: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._entries: cachetools.TLRUCache[Key, _Entry[Value], float]
        self._entries = cachetools.TLRUCache(size, lambda key, entry, now: entry.until, clock)
        self._running: dict[Key, _Computation[Key, Value]] = {}
        self._lock = threading.Lock()
        _caches.add(self)

    def get(
        self,
        key: Key,
        compute: Callable[[], Value],
        *,
        version: object = None,
        lifetime: Lifetime[Value] | None = None,
    ) -> Value:
        """The value of this version. `lifetime` gives the seconds to keep a computed one; none are kept for 0."""
        return self._fetch([key], lambda _: {key: compute()}, version, lifetime)[key]

    def get_many(self, keys: Sequence[Key], compute: Compute[Key, Value]) -> dict[Key, Value]:
        """What is kept of `keys` and what `compute` finds of the others, in the order of `keys`; the rest are absent.

        The order makes sums of the same values the same to the last bit.
        """
        return self._fetch(keys, compute, None, None)

    def peek(self, key: Key) -> Value | None:
        """What is kept at this moment, of any version."""
        with self._lock:
            entry = self._entries.get(key)
        return None if entry is None else entry.value

    def clear(self) -> None:
        """What is being computed at this moment is not kept either: it may have been read before the change."""
        with self._lock:
            self._entries.clear()
            self._running = {}

    def _fetch(
        self, keys: Sequence[Key], compute: Compute[Key, Value], version: object, lifetime: Lifetime[Value] | None
    ) -> dict[Key, Value]:
        own: _Computation[Key, Value] = _Computation(version)
        found, missing, awaited = self._claim(keys, own)
        if not missing and not awaited:
            return found
        if missing:  # before waiting, so that two threads never wait for each other
            found |= self._compute(own, missing, compute, lifetime)
        for other, wanted in awaited.items():
            if not other.ended.wait(MOST_WAITED_SECONDS):
                found |= compute(wanted)
            elif other.values is None or other.version != version:
                found |= self._fetch(wanted, compute, version, lifetime)
            else:
                found |= {key: other.values[key] for key in wanted if key in other.values}
        return {key: found[key] for key in keys if key in found}

    def _claim(
        self, keys: Sequence[Key], own: _Computation[Key, Value]
    ) -> tuple[dict[Key, Value], list[Key], dict[_Computation[Key, Value], list[Key]]]:
        """What is kept, what this thread has to compute, and what others compute at this moment."""
        found: dict[Key, Value] = {}
        missing: list[Key] = []
        awaited: dict[_Computation[Key, Value], list[Key]] = {}
        with self._lock:
            now = self._clock()
            for key in dict.fromkeys(keys):
                try:
                    entry = _read(self._entries, key)
                except KeyError:
                    entry = None
                if entry is not None and entry.version == own.version and entry.until > now:
                    found[key] = entry.value
                elif (other := self._running.setdefault(key, own)) is own:
                    missing.append(key)
                else:
                    awaited.setdefault(other, []).append(key)
        return found, missing, awaited

    def _compute(
        self,
        own: _Computation[Key, Value],
        keys: list[Key],
        compute: Compute[Key, Value],
        lifetime: Lifetime[Value] | None,
    ) -> Mapping[Key, Value]:
        entries: dict[Key, _Entry[Value]] = {}
        try:
            values = compute(keys)
            now = self._clock()
            for key, value in values.items():
                entries[key] = _Entry(value, own.version, now + (self.seconds if lifetime is None else lifetime(value)))
            own.values = values
            return values
        finally:
            with self._lock:
                for key in keys:
                    if self._running.get(key) is own:  # not cleared meanwhile
                        del self._running[key]
                        if key in entries:
                            self._entries[key] = entries[key]
            own.ended.set()


def clear_all() -> None:
    """Empties every cache of this process."""
    for cache in list(_caches):
        cache.clear()


_caches: WeakSet[TTLCache[Any, Any]] = WeakSet()
