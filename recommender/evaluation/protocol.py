"""The evaluation protocol as a value: results of different protocols are never compared. Knows no model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediarec.library.errors import NotUnderstoodError

MUST_AGREE = ("protocol", "protocol_hash", "data_hash", "split_hash")


@dataclass(frozen=True)
class Protocol:
    """An evaluation protocol. The target is each person's last event for `held_back` 1, the one before it for 2."""

    name: str = "leave-last-out"
    held_back: int = 1
    history_removed: bool = True
    candidates: str = "every item of the data"
    ties: str = "count against the model, as do scores that are no number"
    order: str = "as given"

    @property
    def hash(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def describe(self) -> str:
        removed = "removed" if self.history_removed else "kept"
        return f"{self.name}, {self.candidates} ranked, history {removed}, order {self.order}, ties {self.ties}"


def hash_split(sequences: Sequence[NDArray[np.int64]], held_back: int) -> str:
    """Hash of every person's history length and held-back item."""
    digest = hashlib.sha256()
    for events in sequences:
        if len(events) > held_back:
            digest.update(np.array([len(events), int(events[-held_back])], dtype="<i8").tobytes())
    return digest.hexdigest()[:16]


def check_comparable(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Raises NotUnderstoodError naming the first field of `MUST_AGREE` in which two results differ."""
    for name in MUST_AGREE:
        if ours.get(name) != theirs.get(name):
            raise NotUnderstoodError(
                f"These results are not comparable: their {name} differs, {ours.get(name)!r} and {theirs.get(name)!r}."
            )
