"""Losses of next-item prediction: full softmax, sampled softmax, binary; and auxiliary losses. Knows no network.

Shapes: M target events, N items, K sampled negatives, C dimensions. `people` are already scaled by the temperature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CHUNK = 256  # rows of logits per chunk: 256 x 3,416 values fit the processor's cache
NEVER = -1e9
TINY = 1e-30  # lower bound of a probability before its logarithm


@dataclass(frozen=True)
class Targets:
    """Next items (M,) int64, their weights in the loss (M,), and the mask of items that may be predicted (N,) bool."""

    targets: Tensor
    weights: Tensor
    allowed: Tensor


class _ChunkedSoftmax(torch.autograd.Function):
    """Cross-entropy over all items without materialising the (M, N) logits: gradients are computed chunk by chunk.

    Equal to `cross_entropy(people @ items.T)`, whose logits for 25,000 events and 3,416 items would take 340 MB and be
    written and read five times. After Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models", 2025.
    """

    @staticmethod
    def forward(ctx: Any, people: Tensor, items: Tensor, targets: Targets) -> Tensor:
        narrow = torch.bfloat16 if torch.is_autocast_enabled(people.device.type) else people.dtype
        person_vectors, item_vectors = people.detach().to(narrow), items.detach().to(narrow)
        item_vectors_t = item_vectors.T.contiguous()
        grad_people = torch.empty_like(people, dtype=torch.float32)
        grad_items = torch.zeros_like(items, dtype=torch.float32)
        parts = targets.weights / targets.weights.sum().clamp(min=1e-9)
        mask = None if bool(targets.allowed.all()) else torch.where(targets.allowed, 0.0, NEVER).to(narrow)
        loss = torch.zeros((), device=people.device)
        logits = torch.empty(CHUNK, len(items), dtype=narrow, device=people.device)
        for start in range(0, len(people), CHUNK):
            rows = slice(start, min(len(people), start + CHUNK))
            chunk, target, part = logits[: rows.stop - start], targets.targets[rows, None], parts[rows, None]
            torch.mm(person_vectors[rows], item_vectors_t, out=chunk)
            if mask is not None:
                chunk.add_(mask)
            probabilities = torch.softmax(chunk, dim=1, dtype=torch.float32)
            loss -= (probabilities.gather(1, target).clamp(min=TINY).log() * part).sum()
            grad_logits = chunk.copy_(probabilities.mul_(part).scatter_add_(1, target, -part))
            grad_people[rows] = grad_logits @ item_vectors
            grad_items += grad_logits.T @ person_vectors[rows]
        ctx.save_for_backward(grad_people, grad_items)
        return loss

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        grad_people, grad_items = ctx.saved_tensors
        return grad_outputs[0] * grad_people, grad_outputs[0] * grad_items, None


def full_softmax(people: Tensor, items: Tensor, targets: Targets) -> Tensor:
    """Weighted mean of -log p(target) over every allowed item. (M, C), (N, C) -> ()."""
    loss: Tensor = _ChunkedSoftmax.apply(people, items, targets)  # type: ignore[no-untyped-call]
    return loss


def sampled_softmax(people: Tensor, items: Tensor, targets: Targets, sampled: Tensor, log_chance: Tensor) -> Tensor:
    """Softmax over the target and K negatives shared by the whole batch, with the logQ correction.

    `sampled` (K,) item rows, `log_chance` (N,) log probability of each item in one draw. logQ correction: Bengio and
    Senecal, 2008; shared negatives: Yi et al., RecSys 2019. A negative that is the target itself is masked.
    """
    negatives = people @ items[sampled].T - log_chance[sampled]
    negatives = negatives.float().masked_fill(sampled[None, :] == targets.targets[:, None], NEVER)
    positives = ((people * items[targets.targets]).sum(dim=1) - log_chance[targets.targets]).float()
    losses = torch.logsumexp(torch.cat([positives[:, None], negatives], dim=1), dim=1) - positives
    return (losses * targets.weights).sum() / targets.weights.sum().clamp(min=1e-9)


def generalised_bce(people: Tensor, items: Tensor, targets: Targets, sampled: Tensor, calibration: float) -> Tensor:
    """gBCE of gSASRec (Petrov and Macdonald, RecSys 2023): binary cross-entropy with K uniformly sampled negatives.

    `calibration` t is 0 for plain binary cross-entropy, 1 for full correction of the overconfidence from sampling.
    """
    rate = len(sampled) / max(1, len(items) - 1)
    power = rate * (calibration * (1 - 1 / rate) + 1 / rate)
    positives = (people * items[targets.targets]).sum(dim=1).float()
    negatives = (people @ items[sampled].T).float().masked_fill(sampled[None, :] == targets.targets[:, None], NEVER)
    losses = -(power * functional.logsigmoid(positives) + functional.logsigmoid(-negatives).sum(dim=1))
    return (losses * targets.weights).sum() / targets.weights.sum().clamp(min=1e-9)


def negative_feedback_loss(
    people: Tensor, items: Tensor, refused: Tensor, strengths: Tensor, allowed: Tensor
) -> Tensor:
    """Pushes the scores of rejected items below the average item's: softplus of the distance above it."""
    logits = (people @ items.T).float().masked_fill(~allowed, NEVER)
    average = torch.logsumexp(logits, dim=1) - math.log(max(1, int(allowed.sum())))
    excess = logits.gather(1, refused[:, None]).squeeze(1) - average
    return (functional.softplus(excess) * strengths).sum() / strengths.sum().clamp(min=1e-9)


def alignment_loss(content: Tensor, ids: Tensor, shares: Tensor, temperature: float = 0.1) -> Tensor:
    """Symmetric InfoNCE between content and ID vectors of an item, weighted by how well the ID vector is trained.

    (N, C) content vectors, (N, C) ID vectors, (N,) weights. InfoNCE: Oord et al., 2018; for cold start: CLCRec (Wei et
    al., MM 2021). It places a new item's content vector where its ID vector would have been learned.
    """
    content_units = functional.normalize(content.float(), dim=-1)
    id_units = functional.normalize(ids.float(), dim=-1)
    logits = content_units @ id_units.T / temperature
    diagonal = torch.arange(len(logits), device=logits.device)
    both = functional.cross_entropy(logits, diagonal, reduction="none") + functional.cross_entropy(
        logits.T, diagonal, reduction="none"
    )
    return 0.5 * (both * shares).sum() / shares.sum().clamp(min=1e-9)
