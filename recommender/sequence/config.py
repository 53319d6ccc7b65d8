"""Everything that shapes the network, as one value. Knows no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class MarkovChainConfig:
    """What usually follows what: pairs up to `window` places apart are counted, the nearer the more.

    `powers` say how loudly each of the last events speaks beside the network, the newest first; fitted on validation
    events, as the rest of these numbers was chosen (docs/evaluation.md).
    """

    window: int = 3
    fade: float = 0.7
    smoothing: float = 10.0
    floor: float = 1e-3  # the share of an item that never followed
    powers: tuple[float, ...] = (0.87, 0.44, 0.31, 0.1, 0.1, 0.08)

    @property
    def read(self) -> int:
        """How many of the last events are asked."""
        return len(self.powers)


@dataclass(frozen=True)
class EaseConfig:
    """What goes with what, whatever the order: each item foretold from all others by a ridge regression.

    `powers` say how loudly all events speak and how loudly the recent ones, which fade by `fade` from one to the next.
    """

    ridge: float = 100.0
    fade: float = 0.93
    kept: int = 400  # of an item's strongest neighbours
    powers: tuple[float, ...] = (3.4, 2.5)


@dataclass(frozen=True)
class SmoothingConfig:
    """How items that were met less than `most_events` times lean on `lenders` that were met more.

    After `half` events an item borrows half of its score; `own` is how loudly its own vector speaks of this person.
    """

    lenders: int = 50
    temperature: float = 0.1
    own: float = 0.5
    half: float = 10.0
    most_events: int = 20


@dataclass(frozen=True)
class RankerConfig:
    """`block` is "hstu" (pointwise attention), "sasrec" (softmax attention) or "ligr" (softmax attention, gated).

    `widths` are prefixes of a vector that must rank by themselves as well (Matryoshka). `id_items` of 0 is content
    alone, so that the weights hold for any library; `has_content` False is IDs alone, for comparison.
    """

    dims: int = 64
    blocks: int = 2
    heads: int = 2
    length: int = 200
    block: str = "hstu"
    feed: float = 0.0  # a gated feed-forward layer after each block, so many times as wide; 0 is without
    dropout: float = 0.2
    event_dropout: float = 0.2
    is_unit: bool = True  # vectors of length one: no item is favoured for its length, and a cosine index can serve
    widths: tuple[int, ...] = ()
    has_content: bool = True
    reduced: int = 128
    tower_hidden: int = 256
    tower_dropout: float = 0.2
    input_dropout: float = 0.2
    modality_dropout: float = 0.15
    id_items: int = 0
    id_dropout: float = 0.1
    content_share: float = 1.0  # length of the content vector beside an ID; short, it leaves room for IDs to move fast
    id_half: float = 10.0  # events after which an item's ID speaks half as loudly as it ever will
    transitions: MarkovChainConfig | None = (
        None  # counted, not trained, and heard beside the network; so are neighbours
    )
    neighbours: EaseConfig | None = None
    borrowing: SmoothingConfig | None = None
    modality_dims: Mapping[str, int] = field(default_factory=lambda: {"text": 384, "image": 1280, "audio": 64})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> RankerConfig:
        """What later versions added takes its default; what they dropped is left aside."""
        return _adapter().validate_python(dict(stored))


@cache
def _adapter() -> TypeAdapter[RankerConfig]:
    return TypeAdapter(RankerConfig)
