"""The sequential model in torch: content tower, causal blocks, one score per item. Knows no tables and no files.

Shapes: B people, T events, C = `dims`, N items.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from recommender.sequence.blocks import BLOCKS
from recommender.sequence.cold_start import NeighbourSmoothing
from recommender.sequence.config import RankerConfig
from recommender.sequence.count_models import CountModel
from recommender.sequence.events import (
    EVENT_TYPES,
    GAP_COUNT,
    GAP_EDGES_SECONDS,
    GAP_MIDDLES_SECONDS,
    REFERENCE_EVENT,
    UNKNOWN_GAP,
)
from recommender.sequence.tower import ContentTower

FIRST_SCALE = 2.7  # e^2.7 is about 15: how sharply vectors of length one tell items apart before it is learnt
ID_SPREAD = 0.02


class PersonEncoder(nn.Module):
    """Events to the vector of who did them.

    Kinds and gaps are told apart from a reference that stays at zero. What all events share is learnt in `bias`, so
    after training on data without kinds and times every kind and gap still means the same as the reference.
    """

    middles: Tensor
    edges: Tensor

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.length, self.is_unit = config.length, config.is_unit
        # padding_idx keeps the reference's row from learning; padding itself is masked out below.
        self.types = nn.Embedding(len(EVENT_TYPES) + 1, config.dims, padding_idx=REFERENCE_EVENT)
        self.gaps = nn.Embedding(GAP_COUNT, config.dims, padding_idx=UNKNOWN_GAP)
        self.bias = nn.Parameter(torch.zeros(config.dims))
        nn.init.zeros_(self.types.weight)
        nn.init.zeros_(self.gaps.weight)
        self.scale = nn.Parameter(torch.tensor(float(config.dims) ** 0.5))
        self.dropout = nn.Dropout(config.event_dropout)
        self.blocks = nn.ModuleList(BLOCKS[config.block](config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.dims)
        self.register_buffer("middles", torch.tensor(GAP_MIDDLES_SECONDS), persistent=False)
        self.register_buffer("edges", torch.tensor(GAP_EDGES_SECONDS), persistent=False)

    def forward(self, items: Tensor, types: Tensor, gaps: Tensor) -> Tensor:
        """(B, T, C), (B, T), (B, T) -> (B, T, C); type 0 marks padding. T is at most `length`."""
        there = types > 0
        between = self._measure_between(gaps) if torch.compiler.is_exporting() or bool(gaps.any()) else None
        x = self.dropout(items * self.scale + self.bias + self.types(types) + self.gaps(gaps)) * there[:, :, None]
        for block in self.blocks:
            x = block(x, there, between)
        people: Tensor = self.norm(x)
        return functional.normalize(people, dim=-1) if self.is_unit else people

    def _measure_between(self, gaps: Tensor) -> Tensor:
        """Buckets (B, T, T) of the time from one event to another; 0 where any of the gaps between is unknown."""
        elapsed = self.middles[gaps].cumsum(dim=1)
        unknown = (gaps == UNKNOWN_GAP).cumsum(dim=1)
        passed = elapsed[:, :, None] - elapsed[:, None, :]
        known = (unknown[:, :, None] == unknown[:, None, :]) & (passed > 0)
        # Compared with each edge in turn: there are eleven, and a search over them is not what every runtime has.
        buckets = torch.ones_like(passed, dtype=torch.long)
        for edge in self.edges:
            buckets = buckets + (passed >= edge)
        return buckets * known


class SequenceNetwork(nn.Module):
    """Tower and encoder share one space; an item scores by its dot product with the person."""

    id_gates: Tensor

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.config = config
        self.tower = ContentTower(config) if config.has_content else None
        self.person = PersonEncoder(config)
        self.log_scale = nn.Parameter(
            torch.tensor(FIRST_SCALE if config.is_unit else 0.0), requires_grad=config.is_unit
        )
        self.residual = nn.Embedding(config.id_items, config.dims) if config.id_items else None
        if self.residual is not None:
            nn.init.normal_(self.residual.weight, std=ID_SPREAD)
        self.register_buffer("id_gates", torch.ones(config.id_items))
        self.experts: tuple[CountModel, ...] = ()
        self.borrowing: NeighbourSmoothing | None = None

    @torch.no_grad()
    def set_counts(self, counts: Tensor) -> None:
        """How often each item was seen (N,): an ID nobody met says nothing, and speaks up as it is met."""
        self.id_gates.copy_(counts / (counts + self.config.id_half))

    def embed_items(self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """(N, dims of each modality) and (N,) booleans -> (N, C)."""
        return self.join_parts(*self.embed_parts(vectors, present))

    def embed_parts(
        self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Tensor | None, Tensor | None]:
        """What content says of each item and what its ID adds, (N, C) each; None for a part this network lacks."""
        content = self.tower(vectors, present) if self.tower is not None else None
        known = self.residual.weight * self.id_gates[:, None] if self.residual is not None else None
        return content, known

    def join_parts(self, content: Tensor | None, known: Tensor | None) -> Tensor:
        """The item's vector; in training the ID is dropped now and then, so that content must carry alone."""
        if content is None or known is None:
            whole = content if known is None else known
            if whole is None:
                raise ValueError("A network without content and without IDs knows no items.")
        else:
            if self.training:
                known = known * (torch.rand(len(known), 1, device=known.device) >= self.config.id_dropout)
            whole = self.config.content_share * content + known
        return functional.normalize(whole, dim=-1) if self.config.is_unit else whole

    def truncate(self, vectors: Tensor, width: int) -> Tensor:
        """The first `width` numbers, as vectors in their own right."""
        if width >= self.config.dims:
            return vectors
        return functional.normalize(vectors[..., :width], dim=-1) if self.config.is_unit else vectors[..., :width]

    def score(self, people: Tensor, items: Tensor) -> Tensor:
        """(..., C) and (N, C) -> (..., N) logits."""
        return self.apply_temperature(people) @ items.T

    def count_model_scores(self, items: Tensor, kinds: Tensor) -> Tensor | None:
        """What is counted instead of trained: (B, T) items and kinds -> (B, N) to add to scores, None without any."""
        heard = [expert.log_scores(items, kinds) for expert in self.experts]
        return torch.stack(heard).sum(dim=0) if heard else None

    def apply_temperature(self, people: Tensor) -> Tensor:
        """The learned temperature, put into the people: (..., C) -> (..., C)."""
        return people * self.log_scale.exp().clamp(max=100)
