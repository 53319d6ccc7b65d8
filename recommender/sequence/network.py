"""The sequential model in torch: content tower, causal blocks, one score per item. Knows no tables and no files.

Shapes: B people, T events, C = `dims`, N items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from recommender.sequence.events import EVENT_TYPES, GAP_COUNT, REFERENCE_EVENT, UNKNOWN_GAP

QUIET_GATE = -4.0  # a weight of about 2 percent beside a modality whose gate is open


@dataclass(frozen=True)
class RankerConfig:
    """Everything that shapes the network. `block` is "hstu" (pointwise attention) or "sasrec" (softmax attention)."""

    dims: int = 64
    blocks: int = 2
    heads: int = 2
    length: int = 100
    block: str = "hstu"
    dropout: float = 0.2
    tower_hidden: int = 384
    tower_dropout: float = 0.2
    input_dropout: float = 0.0
    modality_dropout: float = 0.15
    id_items: int = 0  # 0: content alone, so that the weights hold for any library
    id_dropout: float = 0.5
    modality_dims: Mapping[str, int] = field(default_factory=lambda: {"text": 384, "image": 1280, "audio": 64})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class ContentTower(nn.Module):
    """Modality vectors to one item vector. A missing modality is masked, so its numbers cannot matter.

    Every modality is projected, weighted by a learned gate that sees what is there, and refined by one residual layer.
    """

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        hidden = config.tower_hidden
        self.names = tuple(config.modality_dims)
        self.modality_dropout = config.modality_dropout
        self.blur = nn.Dropout(config.input_dropout)
        self.projections = nn.ModuleDict({name: nn.Linear(dims, hidden) for name, dims in config.modality_dims.items()})
        self.gates = nn.ModuleDict({name: nn.Linear(dims, 1) for name, dims in config.modality_dims.items()})
        self.refine = nn.Sequential(
            nn.LayerNorm(hidden), nn.GELU(), nn.Dropout(config.tower_dropout), nn.Linear(hidden, hidden), nn.GELU()
        )
        self.out = nn.Linear(hidden, config.dims)
        self.norm = nn.LayerNorm(hidden)

    def forward(self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """(N, dims of each modality) and (N,) booleans -> (N, C), unit length."""
        kept = self._drop_modalities(present) if self.training else present
        gates = torch.stack([self._gate(name, vectors, kept) for name in self.names], dim=1)  # (N, M)
        weights = torch.nan_to_num(torch.softmax(gates, dim=1))  # an item with nothing at all gets zeros
        projected = torch.stack(
            [self.projections[name](self.blur(vectors[name])) for name in self.names], dim=1
        )  # (N, M, H)
        hidden = (weights[:, :, None] * projected).sum(dim=1)
        hidden = hidden + self.refine(hidden)
        return functional.normalize(self.out(self.norm(hidden)), dim=-1)

    @torch.no_grad()
    def quieten(self, names: Iterable[str]) -> None:
        """Lets modalities that were never trained start from next to nothing, so that they can be learnt gently."""
        for name in names:
            for parameter in [*self.projections[name].parameters(), *self.gates[name].parameters()]:
                parameter.zero_()
            self.gates[name].get_parameter("bias").fill_(QUIET_GATE)

    def _gate(self, name: str, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        gate = self.gates[name](vectors[name]).squeeze(-1)
        masked: Tensor = gate.masked_fill(~present[name], float("-inf"))
        return masked

    def _drop_modalities(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Hides a modality now and then, but never the last one an item has."""
        count = sum(mask.long() for mask in present.values())
        kept: dict[str, Tensor] = {}
        for name, mask in present.items():
            drop = (torch.rand(mask.shape, device=mask.device) < self.modality_dropout) & (count > 1) & mask
            kept[name] = mask & ~drop
            count = count - drop.long()
        return kept


class PointwiseAttention(nn.Module):
    """HSTU's block: gated, SiLU instead of softmax, relative positions as a bias. Zhai et al., 2024."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.heads, self.width = config.heads, config.dims // config.heads
        self.norm = nn.LayerNorm(config.dims)
        self.out_norm = nn.LayerNorm(config.dims)
        self.project = nn.Linear(config.dims, 4 * config.dims)
        self.out = nn.Linear(config.dims, config.dims)
        self.bias = nn.Parameter(torch.zeros(config.heads, config.length))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, causal: Tensor, distances: Tensor) -> Tensor:
        batch, length, dims = x.shape
        mixed = functional.silu(self.project(self.norm(x)))
        u, v, q, k = mixed.chunk(4, dim=-1)
        q, k, v = (
            part.view(batch, length, self.heads, self.width).transpose(1, 2) for part in (q, k, v)
        )  # (B, h, T, w)
        scores = q @ k.transpose(-1, -2) / self.width**0.5 + self.bias[:, distances]  # (B, h, T, T)
        counts = causal.sum(dim=-1, keepdim=True).clamp(min=1)  # (B, 1, T, 1)
        attended = (functional.silu(scores) * causal / counts) @ v
        joined = attended.transpose(1, 2).reshape(batch, length, dims)
        added: Tensor = self.dropout(self.out(self.out_norm(joined) * u))
        return x + added


class SoftmaxAttention(nn.Module):
    """SASRec's block with pre-normalisation and the same position bias. Kang and McAuley, 2018."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.heads, self.width = config.heads, config.dims // config.heads
        self.norm, self.feed_norm = nn.LayerNorm(config.dims), nn.LayerNorm(config.dims)
        self.project = nn.Linear(config.dims, 3 * config.dims)
        self.out = nn.Linear(config.dims, config.dims)
        self.bias = nn.Parameter(torch.zeros(config.heads, config.length))
        self.dropout = nn.Dropout(config.dropout)
        self.feed = nn.Sequential(
            nn.Linear(config.dims, 4 * config.dims), nn.GELU(), nn.Linear(4 * config.dims, config.dims)
        )

    def forward(self, x: Tensor, causal: Tensor, distances: Tensor) -> Tensor:
        batch, length, dims = x.shape
        q, k, v = self.project(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (part.view(batch, length, self.heads, self.width).transpose(1, 2) for part in (q, k, v))
        scores = q @ k.transpose(-1, -2) / self.width**0.5 + self.bias[:, distances]
        weights = torch.nan_to_num(torch.softmax(scores.masked_fill(~causal, float("-inf")), dim=-1))
        x = x + self.dropout(self.out((weights @ v).transpose(1, 2).reshape(batch, length, dims)))
        fed: Tensor = self.dropout(self.feed(self.feed_norm(x)))
        return x + fed


BLOCKS: dict[str, type[nn.Module]] = {"hstu": PointwiseAttention, "sasrec": SoftmaxAttention}


class PersonEncoder(nn.Module):
    """Events to the vector of who did them.

    Kinds and gaps are told apart from a reference that stays at zero. What all events share is learnt in `bias`, so
    after training on data without kinds and times every kind and gap still means the same as the reference.
    """

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.length = config.length
        # padding_idx keeps the reference's row from learning; padding itself is masked out below.
        self.types = nn.Embedding(len(EVENT_TYPES) + 1, config.dims, padding_idx=REFERENCE_EVENT)
        self.gaps = nn.Embedding(GAP_COUNT, config.dims, padding_idx=UNKNOWN_GAP)
        self.bias = nn.Parameter(torch.zeros(config.dims))
        nn.init.zeros_(self.types.weight)
        nn.init.zeros_(self.gaps.weight)
        self.scale = nn.Parameter(torch.tensor(float(config.dims) ** 0.5))
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(BLOCKS[config.block](config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.dims)

    def forward(self, items: Tensor, types: Tensor, gaps: Tensor) -> Tensor:
        """(B, T, C), (B, T), (B, T) -> (B, T, C), unit length; type 0 marks padding. T is at most `length`."""
        length = items.shape[1]
        there = types > 0
        places = torch.arange(length, device=items.device)
        distances = (places[:, None] - places[None, :]).clamp(min=0)  # (T, T)
        causal = (places[:, None] >= places[None, :])[None, None] & there[:, None, None, :]  # (B, 1, T, T)
        x = self.dropout(items * self.scale + self.bias + self.types(types) + self.gaps(gaps)) * there[:, :, None]
        for block in self.blocks:
            x = block(x, causal, distances)
        return functional.normalize(self.norm(x), dim=-1)


class SequenceNetwork(nn.Module):
    """Tower and encoder share one space; the score of an item is a dot product over a learned temperature."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.config = config
        self.tower = ContentTower(config)
        self.person = PersonEncoder(config)
        self.log_scale = nn.Parameter(torch.tensor(2.7))  # e^2.7 is about 15
        self.residual = nn.Embedding(config.id_items, config.dims) if config.id_items else None
        if self.residual is not None:
            nn.init.zeros_(self.residual.weight)

    def embed_items(self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """(N, C), unit length; the ID residual is dropped per item now and then, so content must carry alone."""
        content: Tensor = self.tower(vectors, present)
        if self.residual is None:
            return content
        residual: Tensor = self.residual.weight
        if self.training:
            kept = torch.rand(len(residual), 1, device=residual.device) >= self.config.id_dropout
            residual = residual * kept
        return functional.normalize(content + residual, dim=-1)

    def score(self, people: Tensor, items: Tensor) -> Tensor:
        """(..., C) and (N, C) -> (..., N) logits."""
        return people @ items.T * self.log_scale.exp().clamp(max=100)
