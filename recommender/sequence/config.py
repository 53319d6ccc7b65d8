"""Hyperparameters of the sequence model and its count-based models, stored as JSON with the weights. Knows no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class MarkovChainConfig:
    """A Markov chain over items: pairs up to `window` events apart are counted, closer pairs with more weight.

    `powers` are the product-of-experts exponents of the last events, newest first. They are fitted on validation
    events; the other values were chosen on them too (docs/evaluation.md).
    """

    window: int = 3
    fade: float = 0.7
    smoothing: float = 10.0
    floor: float = 1e-3  # transition probability of an item that never followed
    powers: tuple[float, ...] = (0.87, 0.44, 0.31, 0.1, 0.1, 0.08)

    @property
    def event_count(self) -> int:
        """How many of the last events are used."""
        return len(self.powers)


@dataclass(frozen=True)
class EaseConfig:
    """EASE (Steck, WWW 2019): each item is predicted from all others by one ridge regression, in no order.

    `powers` are the exponents of two scores: all events equally, and events discounted by `fade` per step back in time.
    """

    ridge: float = 100.0
    fade: float = 0.93
    kept: int = 400  # strongest neighbours stored per item
    powers: tuple[float, ...] = (3.4, 2.5)


@dataclass(frozen=True)
class SmoothingConfig:
    """Cold-start smoothing: items with fewer than `most_events` events use scores of `lenders` content neighbours.

    After `half` events, half of an item's score comes from its neighbours; `own` weighs the score of its own vector.
    """

    lenders: int = 50
    temperature: float = 0.1
    own: float = 0.5
    half: float = 10.0
    most_events: int = 20


@dataclass(frozen=True)
class RankerConfig:
    """Hyperparameters of the network.

    `block` is "hstu" (pointwise attention), "sasrec" (softmax attention) or "ligr" (softmax attention, gated).
    `widths` are prefixes of a vector that are trained to rank by themselves (Matryoshka representation learning).
    `id_items` is the number of ID embeddings: with 0 the model is content-only and works for any library.
    `has_content` False is the ID-only ablation.
    """

    dims: int = 64
    blocks: int = 2
    heads: int = 2
    length: int = 200
    block: str = "hstu"
    feed: float = 0.0  # width of the gated feed-forward layer after each block, in multiples of `dims`; 0 is none
    dropout: float = 0.2
    event_dropout: float = 0.2
    is_unit: bool = True  # unit-length vectors: no bias by norm, and a cosine index can serve them
    widths: tuple[int, ...] = ()
    has_content: bool = True
    reduced: int = 128
    tower_hidden: int = 256
    tower_dropout: float = 0.2
    input_dropout: float = 0.2
    modality_dropout: float = 0.15
    id_items: int = 0
    id_dropout: float = 0.1
    content_share: float = 1.0  # norm of the content vector relative to the ID vector; small values let IDs learn fast
    id_half: float = 10.0  # events after which an item's ID vector has half of its final weight
    # Count-based models, ensembled with the network as a product of experts.
    transitions: MarkovChainConfig | None = None
    neighbours: EaseConfig | None = None
    borrowing: SmoothingConfig | None = None
    modality_dims: Mapping[str, int] = field(default_factory=lambda: {"text": 384, "image": 1280, "audio": 64})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> RankerConfig:
        """Reads a stored config of any version: missing fields take their defaults, unknown ones are ignored."""
        return _adapter().validate_python(dict(stored))


@cache
def _adapter() -> TypeAdapter[RankerConfig]:
    return TypeAdapter(RankerConfig)
