"""Training loop of the sequence model; a resumed run gives the same result as an uninterrupted one. Knows no tables.

Leave-last-out: the last event of a sequence is the test target, the one before it validation, the rest training.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mediarec.library.errors import MediarecError, NotUnderstoodError
from recommender.metrics import hit_rate, ndcg
from recommender.sequence.config import RankerConfig
from recommender.sequence.network import SequenceNetwork
from recommender.training import distributed, losses
from recommender.training.batching import Batch, SequenceLoader, bucket_by_length
from recommender.training.checkpoints import read_checkpoint, write_checkpoint
from recommender.training.feature_dropout import FeatureDropout
from recommender.training.movielens import TrainingData
from recommender.training.scoring import encode_people, half_precision, rank_last_events

FEWEST_EVENTS = 3  # one to train on, one to validate, one to test
LOWEST_RATE = 0.02  # final learning rate as a fraction of the initial one
FIRST_AVERAGED = 10  # initial window of the weight average, in steps


class DivergedError(MediarecError):
    """The loss or the weights are no longer finite; the run is lost."""


@dataclass(frozen=True)
class TrainingConfig:
    """Hyperparameters of training. `withheld` items are left out everywhere: as input, target and negative.

    `loss` is "softmax" (all items), "sampled" (`negatives` drawn by popularity, with logQ correction) or "gbce".
    `agreement` weighs the alignment loss of content and ID vectors, `push` the negative-feedback loss. `average` is
    the decay of the weights' moving average, which is what is evaluated and exported. `plain_share` is the feature
    dropout rate, for data with `metadata_only` vectors. `held_back` 1 also trains on the validation event, for a fixed
    number of epochs.
    """

    epochs: int = 60
    minutes: float = 60.0
    batch: int = 64
    rate: float = 2e-3
    weight_decay: float = 0.05
    warmup_steps: int = 200
    seed: int = 1
    patience: int = 8
    validate_people: int = 2000
    validate_every: int = 1
    target_share: float = 1.0  # of the events that are predicted in each step; the softmax is most of the work
    loss: str = "softmax"
    negatives: int = 256
    calibration: float = 0.75
    agreement: float = 0.0
    push: float = 0.5
    average: float = 0.999
    plain_share: float = 0.0
    held_back: int = 2
    withheld: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Progress:
    """One epoch's report. `minutes_left` is extrapolated; metrics are NaN in epochs without validation."""

    epoch: int
    loss: float
    ndcg: float
    hit_rate: float
    best_ndcg: float
    minutes_left: float
    events_per_second: float = 0.0


@dataclass
class _State:
    """State of the run beyond weights and optimiser, stored in checkpoints."""

    epoch: int = 0
    step: int = 0
    best_ndcg: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0
    events: int = 0


class Trainer:
    """One training run: network, optimiser and data. Checkpoints go to `folder`; None trains without them."""

    def __init__(
        self, config: RankerConfig, plan: TrainingConfig, data: TrainingData, folder: Path | None = None
    ) -> None:
        data.check()
        _check_widths(config, data)
        torch.manual_seed(plan.seed)
        self.plan, self.data, self.folder = plan, data, folder
        self.device = distributed.join()
        self.reader = SequenceLoader(data, plan.withheld, config.length)
        self.people = [row for row, events in enumerate(data.sequences) if len(events) >= FEWEST_EVENTS]
        if not self.people:
            raise NotUnderstoodError(f"There is nothing to train on: nobody has {FEWEST_EVENTS} events or more.")
        self.lengths = np.array([len(events) for events in data.sequences])
        self.vectors = {name: torch.from_numpy(rows).to(self.device) for name, rows in data.vectors.items()}
        self.present = {name: torch.from_numpy(rows).to(self.device) for name, rows in data.present.items()}
        self.allowed = torch.ones(data.item_count, dtype=torch.bool, device=self.device)
        self.allowed[list(plan.withheld)] = False
        self.counts = torch.from_numpy(self.reader.count(self.people, plan.held_back)).to(self.device)
        self.network = self._build_network(config)
        self.averaged = copy.deepcopy(self.network)
        self.optimiser = _build_optimiser(self.network, plan)
        self.state = _State()
        self.plain = {name: torch.from_numpy(rows).to(self.device) for name, rows in data.metadata_only.items()}
        self._shown: FeatureDropout | None = None
        self.best: dict[str, Tensor] = {}

    def _build_network(self, config: RankerConfig) -> SequenceNetwork:
        network = SequenceNetwork(config).to(self.device)
        if network.tower is not None:
            fitting = {name: mask & self.allowed for name, mask in self.present.items()}
            network.tower.fit(self.vectors, fitting)
        if network.residual is not None:
            network.set_counts(self.counts)
        return network

    def load_pretrained(self, weights: Mapping[str, Tensor], modalities: Collection[str]) -> None:
        """Starts from weights pre-trained on `modalities`; the gates of the other modalities are set to zero."""
        self.network.load_state_dict(weights)
        if self.network.tower is not None:
            self.network.tower.zero_gates(name for name in self.network.tower.names if name not in modalities)
        self.averaged.load_state_dict(self.network.state_dict())
        self._shown = None

    def run(self, report: Callable[[Progress], None] = lambda progress: None) -> SequenceNetwork:
        """Trains until the plan's epochs, minutes or patience are used up; returns the best network validated."""
        while self._may_go_on():
            started = time.monotonic()
            loss = self._train_epoch()
            self.state.epoch += 1
            hit_rate, ndcg = self._validate()
            self.state.seconds += time.monotonic() - started
            self.save()
            report(self._describe(loss, hit_rate, ndcg))
        if self.best:
            self.averaged.load_state_dict(self.best)
        self.network.load_state_dict(self.averaged.state_dict())
        return self.network.eval()

    def _may_go_on(self) -> bool:
        return (
            self.state.epoch < self.plan.epochs
            and self.state.seconds < 60 * self.plan.minutes
            and self.state.epoch - self.state.best_epoch < self.plan.patience * self.plan.validate_every
        )

    def _describe(self, loss: float, hit_rate: float, ndcg: float) -> Progress:
        state, plan = self.state, self.plan
        by_epochs = (plan.epochs - state.epoch) * state.seconds / state.epoch
        minutes_left = max(0.0, min(by_epochs, 60 * plan.minutes - state.seconds)) / 60
        return Progress(state.epoch, loss, ndcg, hit_rate, state.best_ndcg, minutes_left, state.events / state.seconds)

    def _validate(self) -> tuple[float, float]:
        """HR@10 and NDCG@10 by the first process, shared with all. Without validation, the last weights count."""
        last = self.state.epoch >= self.plan.epochs
        if self.plan.held_back < 2 or (self.state.epoch % self.plan.validate_every and not last):
            self.state.best_epoch = self.state.epoch if self.plan.held_back < 2 else self.state.best_epoch
            return float("nan"), float("nan")
        metrics = self.evaluate(held_back=2, people=self._sample_people()) if distributed.rank() == 0 else (0.0, 0.0)
        shared = distributed.share_from_first(torch.tensor(metrics, dtype=torch.float64, device=self.device))
        hit_rate, ndcg = shared.tolist()
        if ndcg > self.state.best_ndcg:
            self.state.best_ndcg, self.state.best_epoch = ndcg, self.state.epoch
            self.best = {name: value.detach().clone() for name, value in self.averaged.state_dict().items()}
        return hit_rate, ndcg

    def _train_epoch(self) -> float:
        """One pass over the people; the order depends only on seed and epoch, so that a resumed run repeats it."""
        self.network.train()
        rng = np.random.default_rng((self.plan.seed, self.state.epoch))
        torch.manual_seed((self.plan.seed * 10_000 + self.state.epoch) * 64 + distributed.rank())
        batches = list(bucket_by_length(self.lengths, self.people, self.plan.batch, rng))
        processes = distributed.world_size()
        steps = max(1, len(batches) // processes)
        step_losses = []
        for step in range(steps):
            batch = self.reader.collate_training(batches[step * processes % len(batches)], self.plan.held_back, rng)
            for other in range(1, processes):  # every process draws all windows, so that their random states stay equal
                rows = batches[(step * processes + other) % len(batches)]
                collated = self.reader.collate_training(rows, self.plan.held_back, rng)
                batch = collated if other == distributed.rank() else batch
            step_losses.append(self._step(batch, self.state.epoch + step / steps))
        return float(np.mean(step_losses))

    def _step(self, batch: Batch, epochs_done: float) -> float:
        self._set_rate(epochs_done)
        loss = self._measure_loss(batch)
        if not torch.isfinite(loss):
            raise DivergedError(f"Training diverged in epoch {self.state.epoch + 1}: the loss is not a finite number.")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        distributed.average_gradients(self.network.parameters())
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.state.step += 1
        self.state.events += int((batch.weights != 0).sum()) * distributed.world_size()
        self._move_average()
        return float(loss.detach())

    @torch.no_grad()
    def _move_average(self) -> None:
        """Moving average of the weights, which ranks better than the last weights (Polyak and Juditsky, 1992)."""
        decay = min(self.plan.average, (self.state.step + 1) / (self.state.step + FIRST_AVERAGED))
        decay = decay if self.plan.average else 0.0
        for average, current in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
            average.lerp_(current, 1 - decay)

    def _set_rate(self, epochs_done: float) -> None:
        """Learning rate: linear warm-up, then cosine decay over the plan's epochs, independent of the clock."""
        warmup = min(1.0, (self.state.step + 1) / self.plan.warmup_steps)
        decay = 0.5 * (1 + np.cos(np.pi * min(1.0, epochs_done / self.plan.epochs)))
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * warmup * max(LOWEST_RATE, float(decay))

    def _measure_loss(self, batch: Batch) -> Tensor:
        """The plan's next-item loss at every width, plus the negative-feedback and alignment losses if weighted."""
        network, device = self.network, self.device
        with half_precision(device):
            content, ids = network.embed_parts(self._draw_vectors(), self.present)
            items = network.join_parts(content, ids).float()
            people = encode_people(network, items, batch, device).float()
        targets, weights = batch.targets.to(device), batch.weights.to(device)
        is_target = (weights > 0) & self._sample(weights)
        positives = losses.Targets(targets[is_target], weights[is_target], self.allowed)
        loss = self._compute_loss(people[is_target], items, positives)
        is_rejected = weights < 0
        if self.plan.push and bool(is_rejected.any()):
            scaled = network.apply_temperature(people[is_rejected])
            pushed = losses.negative_feedback_loss(
                scaled, items, targets[is_rejected], -weights[is_rejected], self.allowed
            )
            loss = loss + self.plan.push * pushed
        if self.plan.agreement and content is not None and ids is not None:
            seen = self.allowed & (self.counts > 0)
            loss = loss + self.plan.agreement * losses.alignment_loss(content[seen], ids[seen], network.id_gates[seen])
        return loss

    def _draw_vectors(self) -> Mapping[str, Tensor]:
        """Vectors after feature dropout. The tower's projection is fixed before training, so it is applied once."""
        if self.network.tower is None:
            return self.vectors
        if self._shown is None:
            plain = self.plain if self.plan.plain_share else {}
            self._shown = FeatureDropout(self.network.tower, self.vectors, plain)
        return self._shown.draw(self.plan.plain_share)

    def _sample(self, weights: Tensor) -> Tensor:
        """Mask of the events used as targets; the last event always is one, so that no step is empty."""
        if self.plan.target_share >= 1:
            return torch.ones_like(weights, dtype=torch.bool)
        sampled = torch.rand(weights.shape, device=weights.device) < self.plan.target_share
        sampled[:, -1] = True
        return sampled

    def _compute_loss(self, people: Tensor, items: Tensor, targets: losses.Targets) -> Tensor:
        """Mean loss over the nested widths: Matryoshka representation learning (Kusupati et al., NeurIPS 2022)."""
        network = self.network
        parts = []
        for width in (*network.config.widths, network.config.dims):
            truncated = network.apply_temperature(network.truncate(people, width))
            parts.append(self._loss_at_width(truncated, network.truncate(items, width), targets))
        return torch.stack(parts).mean()

    def _loss_at_width(self, people: Tensor, items: Tensor, targets: losses.Targets) -> Tensor:
        plan = self.plan
        with half_precision(self.device):
            if plan.loss == "softmax":
                return losses.full_softmax(people, items, targets)
            if plan.loss == "sampled":
                probabilities = (self.counts + 1) ** 0.5 * self.allowed
                drawn = torch.multinomial(probabilities, plan.negatives, replacement=True)
                logs = (probabilities / probabilities.sum()).clamp(min=1e-12).log()
                return losses.sampled_softmax(people, items, targets, drawn, logs)
            drawn = torch.multinomial(self.allowed.float(), plan.negatives, replacement=False)
            return losses.generalised_bce(people, items, targets, drawn, plan.calibration)

    def _sample_people(self) -> list[int]:
        """People to validate on; none with a withheld validation event, which early stopping would leak."""
        rng = np.random.default_rng(self.plan.seed)
        eligible = [row for row in self.people if int(self.data.sequences[row][-2]) not in self.plan.withheld]
        return sorted(rng.permutation(eligible)[: self.plan.validate_people].tolist())

    def evaluate(self, held_back: int, people: list[int] | None = None) -> tuple[float, float]:
        """HR@10 and NDCG@10 over all items outside each person's history.

        The target is the validation event for `held_back` 2, the test event for 1.
        """
        ranks = self.rank_targets(held_back, people or self.people)
        return float(hit_rate(ranks).mean()), float(ndcg(ranks).mean())

    def rank_targets(self, held_back: int, people: list[int]) -> NDArray[np.int64]:
        """(B,) rank from 0 of each person's held-back event among all items outside their history."""
        return rank_last_events(self.averaged, self.reader, self.vectors, self.present, people, held_back)

    def save(self) -> None:
        """Writes a checkpoint atomically: an interrupted write leaves the previous one."""
        if self.folder is None or distributed.rank() > 0:
            return
        write_checkpoint(
            self.folder,
            {
                "network": self.network.state_dict(),
                "averaged": self.averaged.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "best": self.best,
                "state": vars(self.state),
                "identity": self._identity(),
            },
        )

    def resume(self) -> bool:
        """Continues from the checkpoint if there is one. Raises NotUnderstoodError when it belongs to another run."""
        stored = read_checkpoint(self.folder, self.device) if self.folder else None
        if stored is None:
            return False
        if stored["identity"] != self._identity():
            raise NotUnderstoodError(
                f"{self.folder} holds a run with other data, seed or shape; choose another folder."
            )
        self.network.load_state_dict(stored["network"])
        self.averaged.load_state_dict(stored["averaged"])
        self.optimiser.load_state_dict(stored["optimiser"])
        self.best, self.state = stored["best"], replace(self.state, **stored["state"])
        self._shown = None
        return True

    def delete_checkpoint(self) -> None:
        """Removes the checkpoint of a finished run."""
        if self.folder is not None:
            (self.folder / "checkpoint.pt").unlink(missing_ok=True)

    def _identity(self) -> str:
        plan = replace(self.plan, minutes=0.0, patience=0)
        return f"{self.network.config} {plan} {self.data.data_hash}"


def _check_widths(config: RankerConfig, data: TrainingData) -> None:
    for name, dims in config.modality_dims.items():
        actual = data.vectors[name].shape[1]
        if actual != dims:
            raise NotUnderstoodError(f"The network reads {name} vectors of {dims} numbers; these have {actual}.")


def _build_optimiser(network: SequenceNetwork, plan: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW; biases, gains and scalars have no weight decay."""
    shaped = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    single = [parameter for parameter in network.parameters() if parameter.dim() <= 1]
    groups = [
        {"params": shaped, "weight_decay": plan.weight_decay},
        {"params": single, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), foreach=True)
