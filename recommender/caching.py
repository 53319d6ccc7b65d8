"""What was read of items not long ago, kept in this process. Knows neither tables nor what it keeps."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """At most `room` values, each for `seconds`; whoever needs what an edit changed waits that long at most."""

    def __init__(self, room: int, seconds: float) -> None:
        self.room, self.seconds = room, seconds
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def look_up(self, keys: Sequence[Key], read: Callable[[list[Key]], Mapping[Key, Value]]) -> dict[Key, Value]:
        """What is kept of `keys` and what `read` finds of the others, in the order of `keys`; others are absent.

        The order is what makes sums of the same values the same to the last bit.
        """
        now = time.monotonic()
        found = {key: kept[1] for key in keys if (kept := self._kept.get(key)) and kept[0] > now}
        missing = [key for key in keys if key not in found]
        if missing:
            fresh = read(missing)
            self._keep(fresh, now + self.seconds)
            found.update(fresh)
            return {key: found[key] for key in keys if key in found}
        return found

    def forget(self) -> None:
        self._kept.clear()

    def _keep(self, values: Mapping[Key, Value], until: float) -> None:
        for key, value in values.items():
            self._kept[key] = (until, value)
            self._kept.move_to_end(key)
        while len(self._kept) > self.room:
            self._kept.popitem(last=False)
