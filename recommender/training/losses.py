"""What training minimises: the next item against all others, against a sample, or one by one. Knows no network.

Shapes: M asked events, N items, K sampled items, C numbers of a vector. `people` already carry the temperature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CHUNK = 256  # rows of logits at a time: 256 x 3,416 numbers stay in the processor's cache
NEVER = -1e9
TINY = 1e-30  # a share below that is one that underflowed


@dataclass(frozen=True)
class Targets:
    """Which item followed (M,), what foreseeing it counts (M,), and which items may be named at all (N,)."""

    targets: Tensor
    weights: Tensor
    allowed: Tensor


class _ChunkedSoftmax(torch.autograd.Function):
    """Cross-entropy over all items without ever holding (M, N) logits: gradients are taken chunk by chunk.

    The same numbers as `cross_entropy(people @ items.T)`; the logits of 25,000 events and 3,416 items would be 340 MB,
    written and read five times. As in Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models", 2025.
    """

    @staticmethod
    def forward(ctx: Any, people: Tensor, items: Tensor, asked: Targets) -> Tensor:
        narrow = torch.bfloat16 if torch.is_autocast_enabled(people.device.type) else people.dtype
        given, known = people.detach().to(narrow), items.detach().to(narrow)
        known_t = known.T.contiguous()
        to_people = torch.empty_like(people, dtype=torch.float32)
        to_items = torch.zeros_like(items, dtype=torch.float32)
        parts = asked.weights / asked.weights.sum().clamp(min=1e-9)
        barred = None if bool(asked.allowed.all()) else torch.where(asked.allowed, 0.0, NEVER).to(narrow)
        loss = torch.zeros((), device=people.device)
        logits = torch.empty(CHUNK, len(items), dtype=narrow, device=people.device)
        for start in range(0, len(people), CHUNK):
            rows = slice(start, min(len(people), start + CHUNK))
            held, wanted, part = logits[: rows.stop - start], asked.targets[rows, None], parts[rows, None]
            torch.mm(given[rows], known_t, out=held)
            if barred is not None:
                held.add_(barred)
            shares = torch.softmax(held, dim=1, dtype=torch.float32)
            loss -= (shares.gather(1, wanted).clamp(min=TINY).log() * part).sum()
            slope = held.copy_(shares.mul_(part).scatter_add_(1, wanted, -part))  # of the loss, by the logits
            to_people[rows] = slope @ known
            to_items += slope.T @ given[rows]
        ctx.save_for_backward(to_people, to_items)
        return loss

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        to_people, to_items = ctx.saved_tensors
        return above[0] * to_people, above[0] * to_items, None


def full_softmax(people: Tensor, items: Tensor, asked: Targets) -> Tensor:
    """Weighted mean of -log p(target) over every allowed item. (M, C), (N, C) -> ()."""
    loss: Tensor = _ChunkedSoftmax.apply(people, items, asked)  # type: ignore[no-untyped-call]
    return loss


def sampled_softmax(people: Tensor, items: Tensor, asked: Targets, sampled: Tensor, log_chance: Tensor) -> Tensor:
    """Softmax over the target and K items drawn for the whole batch, corrected by how likely each was drawn.

    `sampled` (K,) item rows, `log_chance` (N,) the log of an item's chance in one draw. The logQ correction of Bengio
    and Senecal, 2008; shared draws as in Yi et al., 2019. A draw that is the target itself does not count as a rival.
    """
    rivals = people @ items[sampled].T - log_chance[sampled]
    rivals = rivals.float().masked_fill(sampled[None, :] == asked.targets[:, None], NEVER)
    told = ((people * items[asked.targets]).sum(dim=1) - log_chance[asked.targets]).float()
    losses = torch.logsumexp(torch.cat([told[:, None], rivals], dim=1), dim=1) - told
    return (losses * asked.weights).sum() / asked.weights.sum().clamp(min=1e-9)


def generalised_bce(people: Tensor, items: Tensor, asked: Targets, sampled: Tensor, calibration: float) -> Tensor:
    """gBCE of gSASRec (Petrov and Macdonald, 2023): yes for the target, no for K items drawn uniformly.

    `calibration` t is 0 for plain cross-entropy of yes and no, 1 to undo the overconfidence that sampling brings.
    """
    rate = len(sampled) / max(1, len(items) - 1)
    power = rate * (calibration * (1 - 1 / rate) + 1 / rate)
    told = (people * items[asked.targets]).sum(dim=1).float()
    rivals = (people @ items[sampled].T).float().masked_fill(sampled[None, :] == asked.targets[:, None], NEVER)
    losses = -(power * functional.logsigmoid(told) + functional.logsigmoid(-rivals).sum(dim=1))
    return (losses * asked.weights).sum() / asked.weights.sum().clamp(min=1e-9)


def negative_feedback_loss(
    people: Tensor, items: Tensor, refused: Tensor, strengths: Tensor, allowed: Tensor
) -> Tensor:
    """What a person turned away from shall score below the average item: softplus of the distance above it."""
    logits = (people @ items.T).float().masked_fill(~allowed, NEVER)
    average = torch.logsumexp(logits, dim=1) - math.log(max(1, int(allowed.sum())))
    above = logits.gather(1, refused[:, None]).squeeze(1) - average
    return (functional.softplus(above) * strengths).sum() / strengths.sum().clamp(min=1e-9)


def alignment_loss(content: Tensor, known: Tensor, shares: Tensor, temperature: float = 0.1) -> Tensor:
    """InfoNCE between what an item is and who took to it, both ways; items weigh by how well their ID is known.

    (N, C) content vectors, (N, C) ID vectors, (N,) weights. Oord et al., 2018; between these two as in CLCRec, Wei et
    al., 2021. It makes the content path put a new item where its ID would have come to lie.
    """
    ours = functional.normalize(content.float(), dim=-1)
    theirs = functional.normalize(known.float(), dim=-1)
    logits = ours @ theirs.T / temperature
    own = torch.arange(len(logits), device=logits.device)
    both = functional.cross_entropy(logits, own, reduction="none") + functional.cross_entropy(
        logits.T, own, reduction="none"
    )
    return 0.5 * (both * shares).sum() / shares.sum().clamp(min=1e-9)
