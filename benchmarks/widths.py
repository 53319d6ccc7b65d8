"""Loss of quality when vectors are truncated (Matryoshka), for stored weights of one training run.

The network alone: count-based models read no vectors and would hide the loss.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.environment import describe_machine
from mediarec.library.errors import NotUnderstoodError
from recommender.evaluation.baselines import count_events
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.evaluation.ranks import rank_people
from recommender.evaluation.report import summarise
from recommender.sequence.config import RankerConfig
from recommender.training.checkpoint_archive import load_archived
from recommender.training.movielens import read_movielens
from recommender.training.scoring import NetworkScorer

TEST = Protocol()
FIGURES = ("hr@10", "hr@10_ci", "ndcg@10", "ndcg@10_ci")


def run(data: Path, cache: Path, weights: Path) -> dict[str, Any]:
    """Raises MediarecError for an unusable folder or unusable weights."""
    started = time.perf_counter()
    films = read_movielens(data, cache, RankerConfig().modality_dims)
    kept = load_archived(weights)
    if kept.facts.get("data_hash") != films.data_hash:
        raise NotUnderstoodError(f"{weights} was trained on other data than this folder holds.")
    network = kept.network
    if not network.config.widths:
        raise NotUnderstoodError(f"{weights} was trained at one width alone; train with nested ones to measure them.")
    network.experts, network.borrowing = (), None
    counts = count_events([events[:-2] for events in films.sequences], films.item_count)
    found = {}
    for width in (*network.config.widths, network.config.dims):
        ranked = rank_people(NetworkScorer(network, films, str(width), width), films.sequences, TEST)
        figures = summarise(ranked, counts)
        found[width] = {name: figures[name] for name in FIGURES}
    whole = found[network.config.dims]["ndcg@10"]
    return {
        "benchmark": "widths",
        "dataset": data.name,
        "protocol": TEST.describe(),
        "protocol_hash": TEST.hash,
        "data_hash": films.data_hash,
        "split_hash": hash_split(films.sequences, TEST.held_back),
        "seed": kept.facts.get("seed"),
        "epochs": kept.facts.get("epochs"),
        "dims": network.config.dims,
        "widths": {str(width): own for width, own in found.items()},
        "ndcg@10_over_whole": {str(width): round(own["ndcg@10"] / max(1e-9, whole), 4) for width, own in found.items()},
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }
