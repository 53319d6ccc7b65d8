"""Trains, evaluates and exports the content-only weights that ship with the project, from a MovieLens folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.metrics import CUTOFF
from recommender.sequence.network import SequenceNetwork
from recommender.training.cold_start_eval import rank_by_popularity, summarise
from recommender.training.movielens import TrainingData, read_movielens
from recommender.training.onnx_export import export_network
from recommender.training.recipes import ENCODERS, LICENCE, Recipe
from recommender.training.trainer import Progress, Trainer

PROTOCOL = "leave-last-out, all items ranked, history removed, order as given"


@dataclass(frozen=True)
class ReleasePaths:
    """Folders of the data set, of the exported weights, and of cached vectors and checkpoints."""

    data: Path
    out: Path
    cache: Path


def train_release(
    paths: ReleasePaths,
    recipe: Recipe,
    seed: int,
    report: Callable[[Progress], None],
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Trains, evaluates and exports; returns the facts stored with the weights. `resume` uses the checkpoint."""
    dims, needs_plain = recipe.config.modality_dims, recipe.plan.plain_share > 0
    data = read_movielens(paths.data, paths.cache, dims, with_plain=needs_plain)
    config, plan = recipe.fit(data, seed)
    trainer = Trainer(config, plan, data, paths.cache / f"run-{seed}")
    if resume:
        trainer.resume()
    network = trainer.run(report)
    facts = describe_run(trainer, data)
    export_network(network, paths.out, facts)
    trainer.delete_checkpoint()
    return facts


def describe_run(trainer: Trainer, data: TrainingData) -> dict[str, Any]:
    plan = trainer.plan
    return {
        "name": "sequence-content",
        "version": f"ml1m-s{plan.seed}-{_hash_weights(trainer.network)}",
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


def _hash_weights(network: SequenceNetwork) -> str:
    """Hash of the weights, so that vectors of two different networks never share a version."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().numpy().tobytes())
    return digest.hexdigest()[:10]


def measure(trainer: Trainer, data: TrainingData) -> dict[str, dict[str, float]]:
    """HR@10 and NDCG@10 on the test events, with popularity and chance as baselines."""
    ranks = trainer.rank_targets(1, trainer.people)
    return {
        "model": summarise(ranks),
        "popularity": summarise(rank_by_popularity(data)),
        "random": {"hr@10": round(CUTOFF / data.item_count, 4)},
    }
