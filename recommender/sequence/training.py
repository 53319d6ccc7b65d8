"""Training the sequential model: next-item softmax over the whole catalogue, resumable to the step. Knows no tables.

Leave-last-out: the last event of a sequence is the test, the one before it validation, the rest is trained on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mediarec.library.errors import MediarecError, NotUnderstoodError
from recommender.sequence.dataset import TrainingData
from recommender.sequence.events import REFERENCE_EVENT, UNKNOWN_GAP
from recommender.sequence.network import RankerConfig, SequenceNetwork

FEWEST_EVENTS = 3  # one to learn from, one to validate, one to test
CUTOFF = 10


class DivergedError(MediarecError):
    """The loss is no longer a number; nothing of the run can be used."""


@dataclass(frozen=True)
class TrainingPlan:
    """How the network is trained. `withheld` items take no part at all: not as input, target or rival."""

    epochs: int = 60
    minutes: float = 60.0
    batch: int = 128
    rate: float = 1e-3
    weight_decay: float = 0.05
    warmup_steps: int = 100
    seed: int = 1
    patience: int = 8
    validate_people: int = 2000
    target_share: float = 1.0  # of the events that are predicted in each step; the softmax is most of the work
    withheld: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Progress:
    """One epoch's report. `minutes_left` is by the pace so far."""

    epoch: int
    loss: float
    ndcg: float
    hit_rate: float
    best_ndcg: float
    minutes_left: float


_Events = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]  # items, kinds, gaps


@dataclass
class _State:
    """Everything that a resumed run needs to go on as if it had never stopped."""

    epoch: int = 0
    step: int = 0
    best_ndcg: float = -1.0
    epochs_without_gain: int = 0
    seconds: float = 0.0


class Trainer:
    """Holds one run: network, optimiser and data. `folder` keeps checkpoints; None trains without."""

    def __init__(
        self, config: RankerConfig, plan: TrainingPlan, data: TrainingData, folder: Path | None = None
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.data, self.folder = plan, data, folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = SequenceNetwork(config).to(self.device)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=plan.rate, weight_decay=plan.weight_decay, betas=(0.9, 0.98)
        )
        self.vectors = {name: torch.from_numpy(rows).to(self.device) for name, rows in data.vectors.items()}
        self.present = {name: torch.from_numpy(rows).to(self.device) for name, rows in data.present.items()}
        self.allowed = torch.ones(data.item_count, dtype=torch.bool, device=self.device)
        self.allowed[list(plan.withheld)] = False
        self.state = _State()
        self.best: dict[str, Tensor] = {}
        self.people = [row for row, events in enumerate(data.sequences) if len(events) >= FEWEST_EVENTS]
        if not self.people:
            raise NotUnderstoodError(f"There is nothing to train on: nobody has {FEWEST_EVENTS} events or more.")

    def run(self, report: Callable[[Progress], None] = lambda progress: None) -> SequenceNetwork:
        """Trains until the plan's epochs, minutes or patience are used up; returns the best network seen."""
        while self._may_go_on():
            started = time.monotonic()
            loss = self._train_epoch()
            self.state.epoch += 1
            hit_rate, ndcg = self.evaluate(held_back=2, people=self._sample_people())
            self._keep_best(ndcg)
            self.state.seconds += time.monotonic() - started
            self.save()
            report(Progress(self.state.epoch, loss, ndcg, hit_rate, self.state.best_ndcg, self._minutes_left()))
        if self.best:
            self.network.load_state_dict(self.best)
        return self.network.eval()

    def _may_go_on(self) -> bool:
        return (
            self.state.epoch < self.plan.epochs
            and self.state.seconds < 60 * self.plan.minutes
            and self.state.epochs_without_gain < self.plan.patience
        )

    def _minutes_left(self) -> float:
        by_epochs = (self.plan.epochs - self.state.epoch) * self.state.seconds / self.state.epoch
        return max(0.0, min(by_epochs, 60 * self.plan.minutes - self.state.seconds)) / 60

    def _keep_best(self, ndcg: float) -> None:
        if ndcg <= self.state.best_ndcg:
            self.state.epochs_without_gain += 1
            return
        self.state.best_ndcg, self.state.epochs_without_gain = ndcg, 0
        self.best = {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def _train_epoch(self) -> float:
        self.network.train()
        losses = []
        for rows in self._batches():
            self._set_rate()
            with _half_precision(self.device):
                loss = self._loss(rows)
            if not torch.isfinite(loss):
                raise DivergedError(f"Training came apart in epoch {self.state.epoch + 1}: the loss is no number.")
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            self.state.step += 1
            losses.append(float(loss.detach()))
        return float(np.mean(losses))

    def _batches(self) -> Iterator[list[int]]:
        """People in an order that depends on the seed and the epoch alone, so a resumed run sees the same."""
        rng = np.random.default_rng((self.plan.seed, self.state.epoch))
        torch.manual_seed(self.plan.seed * 10_000 + self.state.epoch)
        order = rng.permutation(self.people)
        # People of like length share a batch, so that little is padded; the batches themselves stay shuffled.
        chunks = [order[start : start + 8 * self.plan.batch] for start in range(0, len(order), 8 * self.plan.batch)]
        batches = [
            sorted_chunk[start : start + self.plan.batch]
            for chunk in chunks
            for sorted_chunk in [sorted(chunk.tolist(), key=lambda row: len(self.data.sequences[row]))]
            for start in range(0, len(sorted_chunk), self.plan.batch)
        ]
        yield from (batches[place] for place in rng.permutation(len(batches)))

    def _set_rate(self) -> None:
        warm = min(1.0, (self.state.step + 1) / self.plan.warmup_steps)
        spent = max(self.state.epoch / self.plan.epochs, self.state.seconds / (60 * self.plan.minutes))
        decay = 0.5 * (1 + np.cos(np.pi * min(1.0, spent)))
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * warm * max(0.02, float(decay))

    def _loss(self, rows: list[int]) -> Tensor:
        """Cross-entropy of every next event against all allowed items."""
        items = self.network.embed_items(self.vectors, self.present)
        inputs, types, gaps, targets = self._collate(rows)
        people = self.network.person(items[inputs], types, gaps)
        wanted = (targets >= 0) & self._sample_targets(targets)
        logits = self.network.score(people[wanted], items).float()
        logits = logits.masked_fill(~self.allowed, float("-inf"))
        return functional.cross_entropy(logits, targets[wanted])

    def _sample_targets(self, targets: Tensor) -> Tensor:
        """The last event is always asked for, so that no step is empty."""
        if self.plan.target_share >= 1:
            return torch.ones_like(targets, dtype=torch.bool)
        sampled = torch.rand(targets.shape, device=targets.device) < self.plan.target_share
        sampled[:, -1] = True
        return sampled

    def _collate(self, rows: list[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Events before the last two, right-aligned; target -1 where there is none or it is withheld."""
        length = self.network.config.length
        parts = [self._cut_window(self._select(row, held_back=2, length=None), length + 1) for row in rows]
        longest = max(2, *(len(events) for events, _, _ in parts)) - 1
        inputs = np.zeros((len(rows), longest), dtype=np.int64)
        types, gaps, targets = np.zeros_like(inputs), np.zeros_like(inputs), np.full_like(inputs, -1)
        for place, (events, kinds, waits) in enumerate(parts):
            size = len(events) - 1
            if size < 1:
                continue
            inputs[place, -size:], types[place, -size:] = events[:-1], kinds[:-1]
            gaps[place, -size:], targets[place, -size:] = waits[:-1], events[1:]
        tensors = [torch.from_numpy(array).to(self.device) for array in (inputs, types, gaps, targets)]
        return tensors[0], tensors[1], tensors[2], tensors[3]

    def _select(self, row: int, held_back: int, length: int | None) -> _Events:
        """The last `length` events, or all, before the held-back ones, without withheld items."""
        events = self.data.sequences[row][: len(self.data.sequences[row]) - held_back]
        kinds = self.data.types[row] if self.data.types else np.full(len(events), REFERENCE_EVENT)
        waits = self.data.gaps[row] if self.data.gaps else np.full(len(events), UNKNOWN_GAP, dtype=np.int64)
        kinds, waits = kinds[: len(events)], waits[: len(events)]
        if self.plan.withheld:
            kept = ~np.isin(events, list(self.plan.withheld))
            events, kinds, waits = events[kept], kinds[kept], waits[kept]
        last = slice(None) if length is None else slice(-length, None)
        return events[last], kinds[last], waits[last]

    def _cut_window(self, events: _Events, length: int) -> _Events:
        """A stretch of a long sequence, another one each epoch, so that nothing in it goes unseen."""
        spare = len(events[0]) - length
        start = int(torch.randint(spare + 1, (1,))) if spare > 0 else 0
        return events[0][start : start + length], events[1][start : start + length], events[2][start : start + length]

    def _sample_people(self) -> list[int]:
        """People to validate on: none whose event is withheld, or stopping early would peek at what is kept apart."""
        rng = np.random.default_rng(self.plan.seed)
        fit = [row for row in self.people if int(self.data.sequences[row][-2]) not in self.plan.withheld]
        return sorted(rng.permutation(fit)[: self.plan.validate_people].tolist())

    @torch.inference_mode()
    def evaluate(self, held_back: int, people: list[int] | None = None) -> tuple[float, float]:
        """HR@10 and NDCG@10 over the whole catalogue with each person's history removed.

        `held_back` 2 asks for the validation event, 1 for the test event.
        """
        ranks = self.rank_targets(held_back, people or self.people)
        hits = ranks < CUTOFF
        return float(hits.mean()), float(np.where(hits, 1 / np.log2(ranks + 2), 0.0).mean())

    @torch.inference_mode()
    def rank_targets(self, held_back: int, people: list[int]) -> NDArray[np.int64]:
        """Rank from 0 of each person's held-back event among all items but those of their history."""
        self.network.eval()
        items = self.network.embed_items(self.vectors, self.present)
        ranks = []
        for start in range(0, len(people), self.plan.batch):
            ranks.append(self._rank_batch(people[start : start + self.plan.batch], held_back, items))
        return np.concatenate(ranks)

    def _rank_batch(self, rows: list[int], held_back: int, items: Tensor) -> NDArray[np.int64]:
        length = self.network.config.length
        inputs = np.zeros((len(rows), length), dtype=np.int64)
        types, gaps = np.zeros_like(inputs), np.zeros_like(inputs)
        for place, row in enumerate(rows):
            events, kinds, waits = self._select(row, held_back, length)
            if size := len(events):
                inputs[place, -size:], types[place, -size:], gaps[place, -size:] = events, kinds, waits
        tensors = [torch.from_numpy(array).to(self.device) for array in (inputs, types, gaps)]
        scores = self.network.score(self.network.person(items[tensors[0]], tensors[1], tensors[2])[:, -1], items)
        targets = np.array([self.data.sequences[row][-held_back] for row in rows])
        wanted = scores[range(len(rows)), targets]
        for place, row in enumerate(rows):
            history = self.data.sequences[row]
            scores[place, history[: len(history) - held_back]] = float("-inf")
        scores[range(len(rows)), targets] = wanted  # should the target also stand in the history
        # Ties and scores that are no number count against the target: a network that says nothing must rank nothing.
        return np.asarray((~(scores < wanted[:, None])).sum(dim=1).cpu().numpy() - 1, dtype=np.int64)

    def save(self) -> None:
        """Writes the checkpoint beside its name and renames it: a kill leaves the old one or the new one whole."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / "checkpoint.partial"
        torch.save(
            {
                "network": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "best": self.best,
                "state": vars(self.state),
                "identity": self._identity(),
            },
            partial,
        )
        partial.rename(self.folder / "checkpoint.pt")

    def resume(self) -> bool:
        """Goes on from the checkpoint if there is one. Raises NotUnderstoodError when it belongs to another run."""
        if self.folder is None or not (path := self.folder / "checkpoint.pt").is_file():
            return False
        stored = _read_checkpoint(path, self.device)
        if stored["identity"] != self._identity():
            raise NotUnderstoodError(f"{path} belongs to a run with other data, seed or shape; choose another folder.")
        self.network.load_state_dict(stored["network"])
        self.optimiser.load_state_dict(stored["optimiser"])
        self.best, self.state = stored["best"], replace(self.state, **stored["state"])
        return True

    def forget(self) -> None:
        """Removes the checkpoint of a run that came to its end."""
        if self.folder is not None:
            (self.folder / "checkpoint.pt").unlink(missing_ok=True)

    def _identity(self) -> str:
        plan = replace(self.plan, minutes=0.0, epochs=0)
        return f"{self.network.config} {plan} {self.data.data_hash}"


def _read_checkpoint(path: Path, device: torch.device) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        return stored
    except Exception as error:  # torch raises many kinds of its own for one broken file
        raise NotUnderstoodError(f"{path} cannot be read; delete it to begin again.") from error


def _half_precision(device: torch.device) -> torch.autocast:
    """bf16 where the machine has it: half the memory, and on such CPUs about twice the speed."""
    has_it = device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_it)
