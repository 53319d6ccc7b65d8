"""How loudly counted transitions may speak beside a trained network: fitted on validation events. Knows no tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from recommender.sequence.batching import Reader
from recommender.sequence.losses import NEVER
from recommender.sequence.network import SequenceNetwork
from recommender.sequence.scoring import score_batch
from recommender.sequence.transitions import Transitions, look_back

ASKED_AT_ONCE = 256
STEPS = 150  # over a handful of numbers; the loss no longer moves after a hundred
RATE = 0.05
HELD_BACK = 2  # the validation event is asked for, and nothing after it was counted


def add_transitions(network: SequenceNetwork, reader: Reader, people: Sequence[int], held_back: int) -> None:
    """Counts what follows what in everything but the last `held_back` events, with the powers of the config."""
    if network.config.transitions is None:
        return
    read = (reader.read(row, held_back).items for row in people)
    device = next(network.parameters()).device
    network.transitions = Transitions.count(network.config.transitions, read, reader.data.item_count, device)


def fit_powers(network: SequenceNetwork, reader: Reader, items: Tensor, people: Sequence[int]) -> tuple[float, ...]:
    """Powers that make the validation events likeliest, beside the network's own scores at full strength.

    A logistic regression over one number for the network and one for each of the last events: too few to learn anybody
    by heart. `items` are the (N, C) vectors. Raises ValueError for a network without counted transitions.
    """
    if network.transitions is None:
        raise ValueError("There are no counted transitions to fit.")
    read = network.transitions.plan.read
    weights = torch.full((1 + read,), 0.1, device=items.device)
    weights[0] = 1.0
    weights.requires_grad_()
    optimiser = torch.optim.Adam([weights], lr=RATE)
    chance = torch.Generator().manual_seed(1)
    for _ in range(STEPS):
        drawn = torch.randperm(len(people), generator=chance)[:ASKED_AT_ONCE].tolist()
        own, experts, wanted = _ask(network, reader, items, [people[place] for place in drawn])
        scores = weights[0] * own + torch.einsum("r,mrn->mn", weights[1:], experts)
        loss = functional.cross_entropy(scores.masked_fill(own <= NEVER, NEVER), wanted)
        (slope,) = torch.autograd.grad(loss, weights)
        optimiser.zero_grad()
        weights.grad = slope
        optimiser.step()
    fitted = (weights[1:] / weights[0]).clamp(min=0).detach()
    return tuple(round(value, 3) for value in fitted.tolist())


def with_powers(network: SequenceNetwork, powers: tuple[float, ...]) -> SequenceNetwork:
    """The same network, whose config says from now on how loudly the counts speak."""
    if network.transitions is None:
        raise ValueError("There are no counted transitions to give powers to.")
    plan = replace(network.transitions.plan, powers=powers)
    network.transitions.plan = plan
    network.config = replace(network.config, transitions=plan)
    return network


@torch.no_grad()
def _ask(network: SequenceNetwork, reader: Reader, items: Tensor, rows: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """The network's scores (M, N), the experts' (M, R, N) and the event that came (M,); what was met is out."""
    counted, network.transitions = network.transitions, None
    batch = reader.collate_histories(rows, HELD_BACK)
    own = score_batch(network, items, batch).float()
    network.transitions = counted
    if counted is None:
        raise ValueError("There are no counted transitions to ask.")
    recent = look_back(batch.items, batch.kinds, counted.plan.read)[:, -1].to(items.device)
    sequences = reader.data.sequences
    wanted = torch.tensor([int(sequences[row][-HELD_BACK]) for row in rows], device=items.device)
    kept = own[range(len(rows)), wanted]
    for place, row in enumerate(rows):
        own[place, sequences[row][:-HELD_BACK]] = NEVER
    own[range(len(rows)), wanted] = kept
    return own, counted.log_experts(recent), wanted
