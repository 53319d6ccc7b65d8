"""What the content tower is shown of every item in a step of training: its whole card, or by chance a plain one.

A library that knows titles and genres alone is then nothing new to the network. Knows no losses.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from recommender.sequence.tower import ContentTower, Reduced


class FeatureDropout:
    """`vectors` and `plain` are (N, dims) by modality; `plain` may lack modalities, which are then always whole."""

    def __init__(self, tower: ContentTower, vectors: Mapping[str, Tensor], plain: Mapping[str, Tensor]) -> None:
        self.whole = tower.reduce(vectors)
        self.plain = tower.reduce({**vectors, **plain}) if plain else self.whole
        self.replaced = [name for name in self.whole if name in plain]

    def draw(self, plain_share: float) -> Reduced:
        """Each item is shown plain with this chance, in all its modalities at once."""
        if not self.replaced:
            return self.whole
        first = self.whole[self.replaced[0]]
        is_plain = torch.rand(len(first), 1, device=first.device) < plain_share
        mixed = {name: torch.where(is_plain, self.plain[name], self.whole[name]) for name in self.replaced}
        return Reduced({**self.whole, **mixed})
