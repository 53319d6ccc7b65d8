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

FIRST_SCALE = 2.7  # e^2.7 is about 15: the initial temperature of scores between unit vectors
ID_SPREAD = 0.02


class PersonEncoder(nn.Module):
    """Encodes a sequence of events as one vector per position, which stands for the person after that event.

    Embeddings of event types and time gaps are offsets from a reference row fixed at zero; what all events share is
    learned in `bias`. So after training on data without types and times, every type and gap equals the reference.
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
        is_event = types > 0
        between = self._measure_between(gaps) if torch.compiler.is_exporting() or bool(gaps.any()) else None
        x = self.dropout(items * self.scale + self.bias + self.types(types) + self.gaps(gaps)) * is_event[:, :, None]
        for block in self.blocks:
            x = block(x, is_event, between)
        people: Tensor = self.norm(x)
        return functional.normalize(people, dim=-1) if self.is_unit else people

    def _measure_between(self, gaps: Tensor) -> Tensor:
        """(B, T, T) buckets of the time from one event to another; 0 where a gap between them is unknown."""
        elapsed = self.middles[gaps].cumsum(dim=1)
        unknown = (gaps == UNKNOWN_GAP).cumsum(dim=1)
        passed = elapsed[:, :, None] - elapsed[:, None, :]
        known = (unknown[:, :, None] == unknown[:, None, :]) & (passed > 0)
        # Compared with each of the eleven edges: not every ONNX runtime has a bucketise operator.
        buckets = torch.ones_like(passed, dtype=torch.long)
        for edge in self.edges:
            buckets = buckets + (passed >= edge)
        return buckets * known


class SequenceNetwork(nn.Module):
    """Content tower and person encoder share one space; the score of an item is its dot product with the person."""

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
        """(N,) events per item: the gate of an ID vector grows from 0 to 1 with the item's count."""
        self.id_gates.copy_(counts / (counts + self.config.id_half))

    def embed_items(self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """(N, dims of each modality) and (N,) booleans -> (N, C)."""
        return self.join_parts(*self.embed_parts(vectors, present))

    def embed_parts(
        self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Tensor | None, Tensor | None]:
        """The content part and the ID part of each item, (N, C) each; None for a part this network lacks."""
        content = self.tower(vectors, present) if self.tower is not None else None
        known = self.residual.weight * self.id_gates[:, None] if self.residual is not None else None
        return content, known

    def join_parts(self, content: Tensor | None, known: Tensor | None) -> Tensor:
        """(N, C) item vectors; in training the ID part is dropped at random, so that content must do alone."""
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
        """(..., C) -> (..., width): nested (Matryoshka) vectors, normalised again where the space is of unit length."""
        if width >= self.config.dims:
            return vectors
        return functional.normalize(vectors[..., :width], dim=-1) if self.config.is_unit else vectors[..., :width]

    def score(self, people: Tensor, items: Tensor) -> Tensor:
        """(..., C) and (N, C) -> (..., N) logits."""
        return self.apply_temperature(people) @ items.T

    def count_model_scores(self, items: Tensor, kinds: Tensor) -> Tensor | None:
        """(B, T) items and kinds -> (B, N) log scores of the count-based models, summed; None without any."""
        scores = [model.log_scores(items, kinds) for model in self.experts]
        return torch.stack(scores).sum(dim=0) if scores else None

    def apply_temperature(self, people: Tensor) -> Tensor:
        """(..., C) -> (..., C): people scaled by the learned inverse temperature, at most 100."""
        return people * self.log_scale.exp().clamp(max=100)
