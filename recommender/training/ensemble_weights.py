"""Product-of-experts exponents of the count-based models, fitted on validation events. Knows no tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from recommender.sequence.count_models import fit_count_models
from recommender.sequence.network import SequenceNetwork
from recommender.training.batching import SequenceLoader
from recommender.training.losses import NEVER
from recommender.training.scoring import score_batch

ASKED_AT_ONCE = 256
STEPS = 150  # for a handful of parameters; the loss has converged after a hundred
RATE = 0.05
FIRST_EXPONENT = 0.1
HELD_BACK = 2  # the validation event is the target; it and the test event were not counted

Exponents = tuple[tuple[float, ...], ...]


def fit_experts(network: SequenceNetwork, reader: SequenceLoader, people: Sequence[int], held_back: int) -> None:
    """Fits the count-based models of the network's config on all but the last `held_back` events of each person."""
    sequences = [reader.read(row, held_back).items for row in people]
    device = next(network.parameters()).device
    network.experts = fit_count_models(network.config, sequences, reader.data.item_count, device)


def fit_exponents(network: SequenceNetwork, reader: SequenceLoader, items: Tensor, people: Sequence[int]) -> Exponents:
    """Exponents that maximise the likelihood of the validation events; the network's own exponent is 1.

    A multinomial logistic regression over one weight for the network and one for each expert's score: too few
    parameters to overfit. `items` are the (N, C) vectors. Returns one tuple for each of the network's experts.
    """
    sizes = [len(expert.exponents) for expert in network.experts]
    weights = torch.full((1 + sum(sizes),), FIRST_EXPONENT, device=items.device)
    weights[0] = 1.0
    weights.requires_grad_()
    optimiser = torch.optim.Adam([weights], lr=RATE)
    generator = torch.Generator().manual_seed(1)
    for _ in range(STEPS):
        drawn = torch.randperm(len(people), generator=generator)[:ASKED_AT_ONCE].tolist()
        log_scores, is_seen, targets = _read_batch(network, reader, items, [people[index] for index in drawn])
        scores = torch.einsum("p,mpn->mn", weights, log_scores).masked_fill(is_seen, NEVER)
        optimiser.zero_grad()
        (weights.grad,) = torch.autograd.grad(functional.cross_entropy(scores, targets), weights)
        optimiser.step()
    fitted = (weights[1:] / weights[0]).clamp(min=0).detach()
    return tuple(tuple(round(value, 3) for value in part.tolist()) for part in torch.split(fitted, sizes))


def set_exponents(network: SequenceNetwork, powers: Exponents) -> None:
    """Sets the experts' exponents in the network and in its config."""
    network.experts = tuple(
        expert.with_exponents(exponents) for expert, exponents in zip(network.experts, powers, strict=True)
    )
    for expert, exponents in zip(network.experts, powers, strict=True):
        expert_config = replace(getattr(network.config, expert.name), powers=exponents)
        network.config = replace(network.config, **{expert.name: expert_config})


@torch.no_grad()
def _read_batch(
    network: SequenceNetwork, reader: SequenceLoader, items: Tensor, rows: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Log scores (M, 1 + P, N), the network's first; history mask (M, N) bool; target items (M,)."""
    batch = reader.collate_histories(rows, HELD_BACK)
    experts, network.experts = network.experts, ()
    network_scores = score_batch(network, items, batch).float()
    network.experts = experts
    seen, kinds = batch.items.to(items.device), batch.kinds.to(items.device)
    log_scores = torch.cat(
        [network_scores[:, None], *(expert.log_scores_each(seen, kinds) for expert in experts)], dim=1
    )
    sequences = reader.data.sequences
    targets = torch.tensor([int(sequences[row][-HELD_BACK]) for row in rows], device=items.device)
    is_seen = torch.zeros_like(network_scores, dtype=torch.bool)
    for index, row in enumerate(rows):
        is_seen[index, sequences[row][:-HELD_BACK]] = True
    is_seen[range(len(rows)), targets] = False
    return log_scores, is_seen, targets
