"""Making the weights that ship with the project: content alone, from a MovieLens folder, with figures beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.encoders.image_efficientnet import EfficientNetImageEncoder
from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.sequence.dataset import TrainingData, read_movielens
from recommender.sequence.export import export_network
from recommender.sequence.network import RankerConfig
from recommender.sequence.training import CUTOFF, Progress, Trainer, TrainingPlan

PROTOCOL = "leave-last-out, all items ranked, history removed, order as given"
LICENCE = (
    "Trained on MovieLens-1M (GroupLens, University of Minnesota), whose terms allow research use and forbid "
    "commercial use without permission; the data itself is not included. Harper and Konstan, 2015, doi:10.1145/2827872."
)
COLD_SHARE = 0.1
ENCODERS = {
    encoder.modality: f"{encoder.name} {encoder.version}" for encoder in (MiniLMTextEncoder, EfficientNetImageEncoder)
}


@dataclass(frozen=True)
class ShippingPlaces:
    """The data set's folder, where the exported weights go, and where encoded vectors and checkpoints are kept."""

    data: Path
    out: Path
    cache: Path


def train_shipped(
    places: ShippingPlaces,
    plan: TrainingPlan,
    config: RankerConfig,
    report: Callable[[Progress], None],
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Trains, measures and exports; returns the facts written beside the weights. `resume` goes on where it stopped."""
    data = read_movielens(places.data, places.cache, config.modality_dims)
    trainer = Trainer(config, plan, data, places.cache / f"run-{plan.seed}")
    if resume:
        trainer.resume()
    network = trainer.run(report)
    facts = describe_run(trainer, data)
    export_network(network, places.out, facts)
    return facts


def describe_run(trainer: Trainer, data: TrainingData) -> dict[str, Any]:
    plan = trainer.plan
    return {
        "name": "sequence-content",
        "version": f"ml1m-{data.data_hash[:8]}-s{plan.seed}",
        "licence": LICENCE,
        "data_hash": data.data_hash,
        "seed": plan.seed,
        "epochs": trainer.state.epoch,
        "training_minutes": round(trainer.state.seconds / 60, 1),
        "trained_modalities": data.trained_modalities,
        "encoders": ENCODERS,
        "protocol": PROTOCOL,
        "metrics": measure(trainer, data),
    }


def measure(trainer: Trainer, data: TrainingData) -> dict[str, dict[str, float]]:
    """HR@10 and NDCG@10 on the test events, with popularity and chance beside them."""
    ranks = trainer.rank_targets(1, trainer.people)
    return {
        "model": _summarise(ranks),
        "popularity": _summarise(rank_by_popularity(data, trainer.people)),
        "random": {"hr@10": round(CUTOFF / data.item_count, 4)},
    }


def measure_cold(
    config: RankerConfig,
    plan: TrainingPlan,
    data: TrainingData,
    report: Callable[[Progress], None] = lambda progress: None,
    seed: int = 7,
) -> dict[str, Any]:
    """Trains without a tenth of the items, then ranks the test events among all items: those on them, and the rest."""
    rng = np.random.default_rng(seed)
    withheld = frozenset(rng.permutation(data.item_count)[: int(COLD_SHARE * data.item_count)].tolist())
    trainer = Trainer(config, replace(plan, withheld=withheld), data)
    trainer.run(report)
    cold = [row for row in trainer.people if int(data.sequences[row][-1]) in withheld]
    warm = sorted(set(trainer.people) - set(cold))
    return {
        "withheld_items": len(withheld),
        "epochs": trainer.state.epoch,
        "training_minutes": round(trainer.state.seconds / 60, 1),
        "cold_people": len(cold),
        "cold": _summarise(trainer.rank_targets(1, cold)),
        "warm": _summarise(trainer.rank_targets(1, warm)),
    }


def rank_by_popularity(data: TrainingData, people: list[int]) -> NDArray[np.int64]:
    counts = Counter(int(item) for row in people for item in data.sequences[row][:-2])
    scores = np.array([counts[item] for item in range(data.item_count)], dtype=np.float64)
    ranks = []
    for row in people:
        mine = scores.copy()
        wanted = mine[data.sequences[row][-1]]
        mine[data.sequences[row][:-1]] = -np.inf
        mine[data.sequences[row][-1]] = wanted
        ranks.append(int((mine >= wanted).sum()) - 1)
    return np.array(ranks, dtype=np.int64)


def _summarise(ranks: NDArray[np.int64]) -> dict[str, float]:
    hits = ranks < CUTOFF
    gains = np.where(hits, 1 / np.log2(ranks + 2), 0.0)
    return {"hr@10": round(float(hits.mean()), 4), "ndcg@10": round(float(gains.mean()), 4)}
