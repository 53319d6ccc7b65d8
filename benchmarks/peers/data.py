"""Our split as RecBole reads it: one atomic file, the place in a person's list as the time. Knows no RecBole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HEADER = "user_id:token\titem_id:token\ttimestamp:float"


def write_atomic(sequences: Sequence[NDArray[np.int64]], folder: Path, name: str) -> Path:
    """`folder/name/name.inter`; RecBole's leave-one-out by time then holds back the same two events as ours."""
    path = folder / name / f"{name}.inter"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        for person, events in enumerate(sequences):
            file.writelines(f"{person}\t{int(item)}\t{place}\n" for place, item in enumerate(events))
    return path


def pad_histories(histories: Sequence[NDArray[np.int64]], rows: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Our item rows -> (B, length) of theirs, the last events, filled with 0 on the right as RecBole does."""
    padded = np.zeros((len(histories), length), dtype=np.int64)
    for place, history in enumerate(histories):
        recent = rows[history[-length:]]
        padded[place, : len(recent)] = recent
    return padded
