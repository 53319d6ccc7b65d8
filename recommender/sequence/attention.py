"""Pointwise attention, computed in chunks that fit the processor's cache. Knows no network.

Shapes: B people, H heads, T events, W dimensions of a head.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CACHED_SCORES = 1_000_000  # scores per chunk; larger chunks spill out of the cache and take twice as long


class _PointwiseAttention(torch.autograd.Function):
    """silu(q k' / sqrt(W) + bias) v under a causal mask; scores are recomputed in the backward pass, not stored.

    The recomputation follows FlashAttention (Dao et al., 2022), for HSTU's attention without a softmax.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        out = torch.empty_like(values)
        causal_mask = _causal_mask(queries)
        for rows in _split_rows(queries):
            scores = _score(queries[rows], keys[rows], bias if bias.dim() == 3 else bias[rows])
            torch.matmul(functional.silu(scores, inplace=True).mul_(causal_mask), values[rows], out=out[rows])
        ctx.save_for_backward(queries, keys, values, bias)
        return out

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, ...]:
        queries, keys, values, bias = ctx.saved_tensors
        grad_out = grad_outputs[0].contiguous()
        grad_queries, grad_keys, grad_values = (torch.empty_like(part) for part in (queries, keys, values))
        grad_bias = torch.zeros(bias.shape, dtype=torch.float32, device=bias.device)
        causal_mask, scale = _causal_mask(queries), queries.shape[-1] ** -0.5
        for rows in _split_rows(queries):
            is_bias_shared = bias.dim() == 3
            scores = _score(queries[rows], keys[rows], bias if is_bias_shared else bias[rows])
            gates = torch.sigmoid(scores)
            activations = scores.mul_(gates).mul_(causal_mask)
            torch.matmul(activations.transpose(-1, -2), grad_out[rows], out=grad_values[rows])
            grad_scores = torch.matmul(grad_out[rows], values[rows].transpose(-1, -2))
            # silu'(x) = sigmoid(x) + silu(x) (1 - sigmoid(x))
            grad_scores.mul_((gates * causal_mask).addcmul_(activations, gates.neg().add_(1)))
            if is_bias_shared:
                grad_bias += grad_scores.sum(dim=0, dtype=torch.float32)
            else:
                grad_bias[rows] = grad_scores.float()
            torch.matmul(grad_scores, keys[rows], out=grad_queries[rows]).mul_(scale)
            torch.matmul(grad_scores.transpose(-1, -2), queries[rows], out=grad_keys[rows]).mul_(scale)
        return grad_queries, grad_keys, grad_values, grad_bias.to(bias.dtype)


def attend_pointwise(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """(B, H, T, W) three times and a bias of (H, T, T) or (B, H, T, T) -> (B, H, T, W); causal."""
    if not torch.is_grad_enabled():  # plain operations, which the ONNX exporter can trace
        scores = _score(queries, keys, bias)
        return (functional.silu(scores) * _causal_mask(queries)) @ values
    parts = (queries.contiguous(), keys.contiguous(), values.contiguous(), bias.to(queries.dtype))
    attended: Tensor = _PointwiseAttention.apply(*parts)  # type: ignore[no-untyped-call]
    return attended


def _score(queries: Tensor, keys: Tensor, bias: Tensor) -> Tensor:
    return torch.matmul(queries, keys.transpose(-1, -2)).mul_(queries.shape[-1] ** -0.5).add_(bias)


def _causal_mask(queries: Tensor) -> Tensor:
    length = queries.shape[-2]
    return torch.ones(length, length, dtype=queries.dtype, device=queries.device).tril()


def _split_rows(queries: Tensor) -> list[slice]:
    """Slices of the batch whose scores fit the cache together."""
    people, heads, length, _ = queries.shape
    size = max(1, CACHED_SCORES // (heads * length * length))
    return [slice(start, min(people, start + size)) for start in range(0, people, size)]
