"""Pointwise attention in blocks that fit the processor's cache. Knows no network.

Shapes: B people, H heads, T events, W numbers of a head.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CACHED_SCORES = 1_000_000  # scores worked on at a time; more leave the cache, and the time doubles


class _PointwiseAttention(torch.autograd.Function):
    """silu(q k' / sqrt(W) + bias), below the diagonal, times v; scores are recomputed backwards instead of kept.

    The recomputation is that of FlashAttention (Dao et al., 2022), for HSTU's attention without a softmax.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        out = torch.empty_like(values)
        below = _below_diagonal(queries)
        for rows in _split(queries):
            scores = _score(queries[rows], keys[rows], bias if bias.dim() == 3 else bias[rows])
            torch.matmul(functional.silu(scores, inplace=True).mul_(below), values[rows], out=out[rows])
        ctx.save_for_backward(queries, keys, values, bias)
        return out

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor, ...]:
        queries, keys, values, bias = ctx.saved_tensors
        grown = above[0].contiguous()
        to_queries, to_keys, to_values = (torch.empty_like(part) for part in (queries, keys, values))
        to_bias = torch.zeros(bias.shape, dtype=torch.float32, device=bias.device)
        below, scale = _below_diagonal(queries), queries.shape[-1] ** -0.5
        for rows in _split(queries):
            shared = bias.dim() == 3
            scores = _score(queries[rows], keys[rows], bias if shared else bias[rows])
            gates = torch.sigmoid(scores)
            shown = scores.mul_(gates).mul_(below)
            torch.matmul(shown.transpose(-1, -2), grown[rows], out=to_values[rows])
            slopes = torch.matmul(grown[rows], values[rows].transpose(-1, -2))
            # silu'(x) = sigmoid(x) + silu(x) (1 - sigmoid(x))
            slopes.mul_((gates * below).addcmul_(shown, gates.neg().add_(1)))
            if shared:
                to_bias += slopes.sum(dim=0, dtype=torch.float32)
            else:
                to_bias[rows] = slopes.float()
            torch.matmul(slopes, keys[rows], out=to_queries[rows]).mul_(scale)
            torch.matmul(slopes.transpose(-1, -2), queries[rows], out=to_keys[rows]).mul_(scale)
        return to_queries, to_keys, to_values, to_bias.to(bias.dtype)


def attend_pointwise(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """(B, H, T, W) three times and a bias of (H, T, T) or (B, H, T, T) -> (B, H, T, W); no event sees a later one."""
    if not torch.is_grad_enabled():  # the plain words of it, which an exporter can write down
        scores = _score(queries, keys, bias)
        return (functional.silu(scores) * _below_diagonal(queries)) @ values
    parts = (queries.contiguous(), keys.contiguous(), values.contiguous(), bias.to(queries.dtype))
    attended: Tensor = _PointwiseAttention.apply(*parts)  # type: ignore[no-untyped-call]
    return attended


def _score(queries: Tensor, keys: Tensor, bias: Tensor) -> Tensor:
    return torch.matmul(queries, keys.transpose(-1, -2)).mul_(queries.shape[-1] ** -0.5).add_(bias)


def _below_diagonal(queries: Tensor) -> Tensor:
    length = queries.shape[-2]
    return torch.ones(length, length, dtype=queries.dtype, device=queries.device).tril()


def _split(queries: Tensor) -> list[slice]:
    """Rows of the batch in groups whose scores fit together."""
    people, heads, length, _ = queries.shape
    size = max(1, CACHED_SCORES // (heads * length * length))
    return [slice(start, min(people, start + size)) for start in range(0, people, size)]
