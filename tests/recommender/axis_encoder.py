"""A text encoder that can be reasoned about: a few words lie on an axis each, and a text is the sum of its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.recommender.checkerboard import DIMS
from tests.recommender.enrichment.fakes import FakeEncoder

PATH = f"{__name__}.AxisEncoder"  # for settings.MODEL_SLOTS
AXES = {"slow": 0, "loud": 1, "funny": 2, "serious": 3, "question": 4}
OTHER = 7  # the axis of a text without any of them


class AxisEncoder(FakeEncoder):
    """Answers for the text space of `checkerboard.make_space`."""

    def __init__(self) -> None:
        super().__init__("text", DIMS)
        self.name = "made-up text"

    def encode(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        return np.stack([encode_words(str(given)) for given in inputs])


def encode_words(text: str) -> NDArray[np.float32]:
    vector = np.zeros(DIMS, dtype=np.float32)
    for word, axis in AXES.items():
        vector[axis] += word in text
    if not vector.any():
        vector[OTHER] = 1.0
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
