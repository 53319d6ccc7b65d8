"""How loudly counted experts may speak beside a trained network: fitted on validation events. Knows no tables."""

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
STEPS = 150  # over a handful of numbers; the loss no longer moves after a hundred
RATE = 0.05
FIRST_EXPONENT = 0.1
HELD_BACK = 2  # the validation event is asked for, and nothing after it was counted

Exponents = tuple[tuple[float, ...], ...]


def count_from(network: SequenceNetwork, reader: SequenceLoader, people: Sequence[int], held_back: int) -> None:
    """Gives the network the experts of its config, from everything but the last `held_back` events."""
    read = [reader.read(row, held_back).items for row in people]
    device = next(network.parameters()).device
    network.experts = fit_count_models(network.config, read, reader.data.item_count, device)


def fit_exponents(network: SequenceNetwork, reader: SequenceLoader, items: Tensor, people: Sequence[int]) -> Exponents:
    """Powers that make the validation events likeliest, beside the network's own scores at full strength.

    A logistic regression over one number for the network and one for each opinion: too few to learn anybody by heart.
    `items` are the (N, C) vectors. One tuple for each of the network's experts.
    """
    sizes = [len(expert.exponents) for expert in network.experts]
    weights = torch.full((1 + sum(sizes),), FIRST_EXPONENT, device=items.device)
    weights[0] = 1.0
    weights.requires_grad_()
    optimiser = torch.optim.Adam([weights], lr=RATE)
    chance = torch.Generator().manual_seed(1)
    for _ in range(STEPS):
        drawn = torch.randperm(len(people), generator=chance)[:ASKED_AT_ONCE].tolist()
        opinions, met, wanted = _ask(network, reader, items, [people[place] for place in drawn])
        scores = torch.einsum("p,mpn->mn", weights, opinions).masked_fill(met, NEVER)
        optimiser.zero_grad()
        (weights.grad,) = torch.autograd.grad(functional.cross_entropy(scores, wanted), weights)
        optimiser.step()
    fitted = (weights[1:] / weights[0]).clamp(min=0).detach()
    return tuple(tuple(round(value, 3) for value in part.tolist()) for part in torch.split(fitted, sizes))


def set_exponents(network: SequenceNetwork, powers: Exponents) -> None:
    """From now on the experts speak so loudly, and the config says so."""
    network.experts = tuple(expert.with_exponents(own) for expert, own in zip(network.experts, powers, strict=True))
    for expert, own in zip(network.experts, powers, strict=True):
        plan = replace(getattr(network.config, expert.name), powers=own)
        network.config = replace(network.config, **{expert.name: plan})


@torch.no_grad()
def _ask(
    network: SequenceNetwork, reader: SequenceLoader, items: Tensor, rows: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Opinions (M, 1 + P, N), the network's first; what was met before (M, N); the event that came (M,)."""
    batch = reader.collate_histories(rows, HELD_BACK)
    experts, network.experts = network.experts, ()
    own = score_batch(network, items, batch).float()
    network.experts = experts
    seen, kinds = batch.items.to(items.device), batch.kinds.to(items.device)
    opinions = torch.cat([own[:, None], *(expert.log_scores_each(seen, kinds) for expert in experts)], dim=1)
    sequences = reader.data.sequences
    wanted = torch.tensor([int(sequences[row][-HELD_BACK]) for row in rows], device=items.device)
    met = torch.zeros_like(own, dtype=torch.bool)
    for place, row in enumerate(rows):
        met[place, sequences[row][:-HELD_BACK]] = True
    met[range(len(rows)), wanted] = False
    return opinions, met, wanted
