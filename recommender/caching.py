"""Time-limited in-process caches shared by the threads. Knows no table."""

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

# Far longer than any computation here takes. After it, a waiting thread computes the value itself: the other thread may
# be waiting for a PostgreSQL lock held by a transaction of this one, a deadlock that neither side can detect.
MOST_WAITED_SECONDS = 30.0

# Bypasses the clock check and usage bookkeeping that cachetools does per key: a page reads thousands of keys at a time,
# and they would cost it milliseconds.
_read = cachetools.Cache.__getitem__


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Value]):
    value: Value
    version: object
    until: float


class _Computation(Generic[Key, Value]):
    """A computation running in one thread; `values` stays None if it fails."""

    def __init__(self, version: object) -> None:
        self.version = version
        self.values: Mapping[Key, Value] | None = None
        self.ended = threading.Event()


class TTLCache(Generic[Key, Value]):
    """At most `size` values, each for `seconds`; the one stored longest ago is evicted first (`cachetools.TLRUCache`).

    Each key is computed by one thread at a time; others that need it wait for the result, and no lock is held
    meanwhile. A value may carry a version, such as the id of the newest row it depends on: a request for another
    version recomputes it.
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
        """The value for `key` at this version. `lifetime` returns the seconds for which to cache a computed value, 0
        for not at all.
        """
        return self._fetch([key], lambda _: {key: compute()}, version, lifetime)[key]

    def get_many(self, keys: Sequence[Key], compute: Compute[Key, Value]) -> dict[Key, Value]:
        """Cached values and, for the other keys, those that `compute` returns, in the order of `keys`; keys without a
        value are absent.

        The fixed order makes sums of the same values identical to the last bit.
        """
        return self._fetch(keys, compute, None, None)

    def peek(self, key: Key) -> Value | None:
        """The cached value, of any version and without computing; None where there is none."""
        with self._lock:
            entry = self._entries.get(key)
        return None if entry is None else entry.value

    def clear(self) -> None:
        """Empties the cache. Results of running computations are not stored either: their
        input may predate the change.
        """
        with self._lock:
            self._entries.clear()
            self._running = {}

    def _fetch(
        self, keys: Sequence[Key], compute: Compute[Key, Value], version: object, lifetime: Lifetime[Value] | None
    ) -> dict[Key, Value]:
        computation: _Computation[Key, Value] = _Computation(version)
        values, missing, awaited = self._claim(keys, computation)
        if not missing and not awaited:
            return values
        if missing:  # computed before waiting, so that two threads never wait for each other
            values |= self._compute(computation, missing, compute, lifetime)
        for other, awaited_keys in awaited.items():
            if not other.ended.wait(MOST_WAITED_SECONDS):
                values |= compute(awaited_keys)
            elif other.values is None or other.version != version:
                values |= self._fetch(awaited_keys, compute, version, lifetime)
            else:
                values |= {key: other.values[key] for key in awaited_keys if key in other.values}
        return {key: values[key] for key in keys if key in values}

    def _claim(
        self, keys: Sequence[Key], computation: _Computation[Key, Value]
    ) -> tuple[dict[Key, Value], list[Key], dict[_Computation[Key, Value], list[Key]]]:
        """Splits keys into cached values, keys this thread has to compute, and keys that other
        threads are computing.
        """
        cached: dict[Key, Value] = {}
        missing: list[Key] = []
        awaited: dict[_Computation[Key, Value], list[Key]] = {}
        with self._lock:
            now = self._clock()
            for key in dict.fromkeys(keys):
                try:
                    entry = _read(self._entries, key)
                except KeyError:
                    entry = None
                if entry is not None and entry.version == computation.version and entry.until > now:
                    cached[key] = entry.value
                elif (other := self._running.setdefault(key, computation)) is computation:
                    missing.append(key)
                else:
                    awaited.setdefault(other, []).append(key)
        return cached, missing, awaited

    def _compute(
        self,
        computation: _Computation[Key, Value],
        keys: list[Key],
        compute: Compute[Key, Value],
        lifetime: Lifetime[Value] | None,
    ) -> Mapping[Key, Value]:
        entries: dict[Key, _Entry[Value]] = {}
        try:
            values = compute(keys)
            now = self._clock()
            for key, value in values.items():
                entries[key] = _Entry(
                    value, computation.version, now + (self.seconds if lifetime is None else lifetime(value))
                )
            computation.values = values
            return values
        finally:
            with self._lock:
                for key in keys:
                    if self._running.get(key) is computation:  # otherwise the cache was cleared meanwhile
                        del self._running[key]
                        if key in entries:
                            self._entries[key] = entries[key]
            computation.ended.set()


def clear_all() -> None:
    """Empties every cache of this process."""
    for cache in list(_caches):
        cache.clear()


_caches: WeakSet[TTLCache[Any, Any]] = WeakSet()
