"""What every encoder is, whichever medium it reads. Knows no backend, no table and no setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Encoder(Protocol):
    """Turns inputs of one medium into unit vectors. Made with no arguments; loads its weights on the first `encode`.

    Text encoders read `str`, image encoders `PIL.Image.Image`, audio encoders `Path`. `encode` gives (n, dims),
    float32, unit length, and for [] an array of (0, dims); it raises a MediarecError for what it cannot read.
    `text_aligned`: vectors of words can be compared with these. `version` changes whenever the numbers would.
    """

    modality: str
    licence: str
    name: str
    version: str
    dims: int
    text_aligned: bool

    @staticmethod
    def find_obstacle() -> str | None:
        """Why this machine cannot run it, as a sentence; None when it can. Looks at files and packages only."""

    def encode(self, inputs: Sequence[Any], /) -> NDArray[np.float32]: ...

    def unload(self) -> None:
        """Gives the memory back; the next `encode` loads again."""
