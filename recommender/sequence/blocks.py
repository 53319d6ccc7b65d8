"""Causal transformer blocks over a sequence of events, in three variants. Knows no items and no files.

Shapes: B people, T events, C = `dims`, H heads, W = C / H.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from recommender.sequence.attention import attend_pointwise
from recommender.sequence.config import RankerConfig
from recommender.sequence.events import GAP_COUNT

FAR = -1e4  # mask value: zero after a softmax, and representable in bf16


class RelativeBias(nn.Module):
    """Relative attention bias by position and by time gap. Zhai et al. (HSTU), ICML 2024.

    An unknown gap adds nothing, so weights trained without times ignore the times of later events.
    """

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.zeros(config.heads, config.length))
        self.times = nn.Parameter(torch.zeros(config.heads, GAP_COUNT))

    def forward(self, length: int, between: Tensor | None) -> Tensor:
        """`between` is (B, T, T) time-gap buckets, or None -> (B, H, T, T), or (H, T, T) without times."""
        steps = torch.arange(length, device=self.places.device)
        by_position: Tensor = self.places[:, (steps[:, None] - steps[None, :]).clamp(min=0)]
        if between is None:
            return by_position
        is_timed = (between > 0)[:, None]
        return by_position[None] + self.times[:, between].transpose(0, 1) * is_timed


class PointwiseBlock(nn.Module):
    """HSTU's block: gated, with SiLU instead of softmax. Zhai et al., "Actions Speak Louder than Words", ICML 2024."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.heads, self.width = config.heads, config.dims // config.heads
        self.norm, self.out_norm = nn.LayerNorm(config.dims), nn.LayerNorm(config.dims)
        self.project = nn.Linear(config.dims, 4 * config.dims)
        nn.init.xavier_uniform_(self.project.weight)
        self.out = nn.Linear(config.dims, config.dims)
        self.bias = RelativeBias(config)
        self.dropout = nn.Dropout(config.dropout)
        self.feed = _Feed(config, is_gated=False) if config.feed else None

    def forward(self, x: Tensor, is_event: Tensor, between: Tensor | None) -> Tensor:
        mixed = functional.silu(self.project(self.norm(x)))
        gate, values, queries, keys = mixed.chunk(4, dim=-1)
        values = values * is_event[:, :, None].to(values.dtype)  # padding contributes nothing
        queries, keys, values = (_split_heads(part, self.heads) for part in (queries, keys, values))
        attended = _join_heads(attend_pointwise(queries, keys, values, self.bias(x.shape[1], between)))
        counts = is_event.cumsum(dim=1).clamp(min=1)[:, :, None]
        x = x + self.dropout(self.out(self.out_norm(attended.float() / counts) * gate))
        return x if self.feed is None else self.feed(x)


class SoftmaxBlock(nn.Module):
    """SASRec's block (Kang and McAuley, ICDM 2018) with pre-normalisation; gated as in LiGR (Borisyuk et al., 2025)."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm = nn.LayerNorm(config.dims)
        self.project = nn.Linear(config.dims, 3 * config.dims)
        self.out = nn.Linear(config.dims, config.dims)
        self.gate = nn.Linear(config.dims, config.dims) if config.block == "ligr" else None
        self.bias = RelativeBias(config)
        self.dropout = nn.Dropout(config.dropout)
        self.feed = _Feed(config, is_gated=config.block == "ligr")

    def forward(self, x: Tensor, is_event: Tensor, between: Tensor | None) -> Tensor:
        length = x.shape[1]
        normed = self.norm(x)
        queries, keys, values = (_split_heads(part, self.heads) for part in self.project(normed).chunk(3, dim=-1))
        later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
        hidden = later[None] | (~is_event)[:, None, :]  # (B, T, T)
        bias = self.bias(length, between).expand(len(x), -1, -1, -1).masked_fill(hidden[:, None], FAR)
        attended = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=bias.to(queries.dtype))
        added = self.out(_join_heads(attended))
        if self.gate is not None:
            added = added * torch.sigmoid(self.gate(normed))
        fed: Tensor = self.feed(x + self.dropout(added))
        return fed


class _Feed(nn.Module):
    """A SwiGLU feed-forward layer (Shazeer, 2020) with a residual connection; for LiGR the residual is gated."""

    def __init__(self, config: RankerConfig, *, is_gated: bool) -> None:
        super().__init__()
        inner = int((config.feed or 2.0) * config.dims)
        self.norm = nn.LayerNorm(config.dims)
        self.widen, self.narrow = nn.Linear(config.dims, 2 * inner), nn.Linear(inner, config.dims)
        self.gate = nn.Linear(config.dims, config.dims) if is_gated else None
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        switch, value = self.widen(normed).chunk(2, dim=-1)
        added = self.narrow(self.dropout(functional.silu(switch) * value))
        if self.gate is not None:
            added = added * torch.sigmoid(self.gate(normed))
        fed: Tensor = x + self.dropout(added)
        return fed


BLOCKS: dict[str, type[nn.Module]] = {"hstu": PointwiseBlock, "sasrec": SoftmaxBlock, "ligr": SoftmaxBlock}


def _split_heads(part: Tensor, heads: int) -> Tensor:
    """(B, T, C) -> (B, H, T, W)."""
    people, length, dims = part.shape
    return part.view(people, length, heads, dims // heads).transpose(1, 2)


def _join_heads(part: Tensor) -> Tensor:
    """(B, H, T, W) -> (B, T, C)."""
    return part.transpose(1, 2).flatten(2)
