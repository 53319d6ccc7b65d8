"""The interface of every encoder, whatever its medium. Knows no backend, no table and no setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Encoder(Protocol):
    """Turns inputs of one medium into unit vectors. Constructed without arguments; loads weights on the first `encode`.

    Text encoders read `str`, image encoders `PIL.Image.Image`, audio encoders `Path`. `encode` returns (N, dims)
    float32, unit length, and (0, dims) for []; it raises a MediarecError for input it cannot read. `text_aligned`: text
    vectors can be compared with these. `version` changes whenever the vectors would.
    """

    modality: str
    licence: str
    name: str
    version: str
    dims: int
    text_aligned: bool

    @staticmethod
    def find_obstacle() -> str | None:
        """A sentence saying why this machine cannot run it; None when it can. Checks files and packages only."""

    def load(self) -> None:
        """What `encode` does first. Raises NotLoadedError, with `name` as its part, where that fails."""

    def encode(self, inputs: Sequence[Any], /) -> NDArray[np.float32]: ...

    def unload(self) -> None:
        """Releases the memory; the next `encode` loads the weights again."""
