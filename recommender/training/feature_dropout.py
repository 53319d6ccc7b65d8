"""Feature dropout: in each training step some items are embedded from title, year and genres only. Knows no losses.

The content tower then works for libraries without plots too. After DropoutNet (Volkovs et al., NeurIPS 2017).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from recommender.sequence.tower import ContentTower, Reduced


class FeatureDropout:
    """`vectors` and `plain` are (N, dims) by modality; a modality that `plain` lacks is never dropped."""

    def __init__(self, tower: ContentTower, vectors: Mapping[str, Tensor], plain: Mapping[str, Tensor]) -> None:
        self.whole = tower.reduce(vectors)
        self.plain = tower.reduce({**vectors, **plain}) if plain else self.whole
        self.replaced = [name for name in self.whole if name in plain]

    def draw(self, plain_share: float) -> Reduced:
        """Replaces an item's full vectors by its metadata-only ones with this probability, all modalities together."""
        if not self.replaced:
            return self.whole
        first = self.whole[self.replaced[0]]
        is_plain = torch.rand(len(first), 1, device=first.device) < plain_share
        mixed = {name: torch.where(is_plain, self.plain[name], self.whole[name]) for name in self.replaced}
        return Reduced({**self.whole, **mixed})
