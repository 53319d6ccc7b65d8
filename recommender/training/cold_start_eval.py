"""Cold-start evaluation: ranks items that were withheld from training. Knows no tables.

In a household nearly every item is new to the shipped weights, so accuracy on their training items says little; the
shipped weights are selected by this measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.metrics import CUTOFF, hit_rate, ndcg
from recommender.sequence.config import RankerConfig
from recommender.training.movielens import TrainingData
from recommender.training.trainer import FEWEST_EVENTS, Progress, Trainer, TrainingConfig

PROTOCOL = (
    "a share of the items withheld from training as input, target and rival; 'new library': history and candidates are "
    "withheld items alone, last event asked for; 'among all': test events on withheld items, every item a candidate"
)
NEIGHBOURS_READ = 3  # last events averaged for the content baseline; 10 and 50 did worse on MovieLens-1M


@dataclass(frozen=True)
class ColdStartConfig:
    share: float = 0.2
    seed: int = 7
    fewest_events: int = 6  # of a person on withheld items; people with fewer are left out


def choose_withheld(data: TrainingData, plan: ColdStartConfig) -> NDArray[np.int64]:
    rng = np.random.default_rng(plan.seed)
    return np.sort(rng.permutation(data.item_count)[: int(plan.share * data.item_count)])


def evaluate_cold_start(
    config: RankerConfig,
    training: TrainingConfig,
    data: TrainingData,
    report: Callable[[Progress], None] = lambda progress: None,
    unseen: ColdStartConfig | None = None,
) -> dict[str, Any]:
    """Trains without a share of the items and ranks those; content similarity, popularity and chance are baselines."""
    unseen = unseen or ColdStartConfig()
    withheld = choose_withheld(data, unseen)
    trainer = Trainer(config, replace(training, withheld=frozenset(withheld.tolist())), data)
    library = restrict_items(data, withheld, unseen.fewest_events)
    evaluator = Trainer(config, training, library)
    curve: list[dict[str, float]] = []

    def evaluate_epoch(progress: Progress) -> None:
        evaluator.load_pretrained(trainer.averaged.state_dict(), data.trained_modalities)
        curve.append({"epoch": progress.epoch, **summarise(evaluator.rank_targets(1, evaluator.people))})
        report(progress)

    evaluator.load_pretrained(trainer.run(evaluate_epoch).state_dict(), data.trained_modalities)
    people = [row for row in trainer.people if int(data.sequences[row][-1]) in trainer.plan.withheld]
    return {
        "protocol": PROTOCOL,
        "withheld_items": len(withheld),
        "epochs": trainer.state.epoch,
        "training_minutes": round(trainer.state.seconds / 60, 1),
        "new_library": {
            "people": len(library.sequences),
            "model": summarise(evaluator.rank_targets(1, evaluator.people)),
            "model by epoch": curve,
            "text similarity": summarise(rank_by_similarity(library)),
            "popularity": summarise(rank_by_popularity(library)),
            "chance": {"hr@10": round(CUTOFF / len(withheld), 4)},
        },
        "among_all": {"people": len(people), "model": summarise(trainer.rank_targets(1, people))},
    }


def restrict_items(data: TrainingData, items: NDArray[np.int64], fewest_events: int = FEWEST_EVENTS) -> TrainingData:
    """The data restricted to these items (sorted rows) and to people with at least `fewest_events` on them."""
    cut = [events[np.isin(events, items)] for events in data.sequences]
    return TrainingData(
        vectors={name: rows[items] for name, rows in data.vectors.items()},
        present={name: mask[items] for name, mask in data.present.items()},
        sequences=[np.searchsorted(items, events) for events in cut if len(events) >= fewest_events],
        data_hash=f"{data.data_hash}-{len(items)}",
    )


def rank_by_similarity(data: TrainingData, modality: str = "text") -> NDArray[np.int64]:
    """Baseline: cosine similarity to the mean vector of the last events, without a sequence model."""
    vectors = data.vectors[modality]
    recent = np.stack([vectors[events[:-1][-NEIGHBOURS_READ:]].mean(axis=0) for events in data.sequences])
    return rank_last(data, recent @ vectors.T)


def rank_by_popularity(data: TrainingData) -> NDArray[np.int64]:
    """Baseline: items by their number of training events. A household has no such counts for its items."""
    counts = np.bincount(np.concatenate([events[:-2] for events in data.sequences]), minlength=data.item_count)
    return rank_last(data, np.broadcast_to(counts.astype(np.float32), (len(data.sequences), data.item_count)))


def rank_last(data: TrainingData, scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """(B, N) scores -> (B,) rank from 0 of each last event among items outside the history; ties count against it."""
    ranks = np.empty(len(data.sequences), dtype=np.int64)
    for row, events in enumerate(data.sequences):
        candidates = scores[row].copy()
        target = candidates[events[-1]]
        candidates[events[:-1]] = -np.inf
        candidates[events[-1]] = target
        ranks[row] = (~(candidates < target)).sum() - 1
    return ranks


def summarise(ranks: NDArray[np.int64]) -> dict[str, float]:
    return {"hr@10": round(float(hit_rate(ranks).mean()), 4), "ndcg@10": round(float(ndcg(ranks).mean()), 4)}
