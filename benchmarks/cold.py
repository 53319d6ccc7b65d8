"""Item cold start: a tenth of the films is withheld from training and then ranked among all others.

Withheld as input, target and negative: as negatives the content tower would learn to rank them low.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.environment import describe_machine
from mediarec.library.errors import NotUnderstoodError
from recommender.evaluation.baselines import ContentNeighbours, RandomBaseline, count_events
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.evaluation.ranks import Scorer, rank_people
from recommender.evaluation.report import summarise
from recommender.sequence.config import RankerConfig
from recommender.sequence.network import SequenceNetwork
from recommender.training import checkpoint_archive
from recommender.training.cold_start_eval import ColdStartConfig, choose_withheld
from recommender.training.movielens import TrainingData, read_movielens
from recommender.training.recipes import RECIPES, train_recipe
from recommender.training.scoring import NetworkScorer

TEST = Protocol()
WITHHELD = ColdStartConfig(share=0.1)
RECIPE = "full"
FIGURES = ("hr@10", "ndcg@10", "hr@10_ci")


def run(
    data: Path, cache: Path, weights: Path | None = None, keep: Path | None = None, epochs: int = 24, seed: int = 1
) -> dict[str, Any]:
    """Raises MediarecError for an unusable folder or unusable weights."""
    started = time.perf_counter()
    films = read_movielens(data, cache, RankerConfig().modality_dims)
    held = frozenset(choose_withheld(films, WITHHELD).tolist())
    network, facts = _load(weights, held) if weights else _train(films, held, epochs, seed)
    if keep is not None and weights is None:
        _keep(network, facts, held, keep)
    asked = [events for events in films.sequences if int(events[-1]) in held]
    warm = [events for events in films.sequences if int(events[-1]) not in held]
    counts = count_events([events[:-2] for events in films.sequences], films.item_count)
    scorers: list[Scorer] = [
        NetworkScorer(network, films, "model"),
        RandomBaseline(films.item_count),
        ContentNeighbours(films.vectors["text"]),
    ]
    cold = {scorer.name: summarise(rank_people(scorer, asked, TEST), counts) for scorer in scorers}
    known = summarise(rank_people(scorers[0], warm, TEST), counts)
    return {
        "benchmark": "cold",
        "dataset": data.name,
        "protocol": f"{TEST.describe()}; {WITHHELD.share:.0%} of the items withheld from training",
        "protocol_hash": TEST.hash,
        "data_hash": films.data_hash,
        "split_hash": hash_split(asked, TEST.held_back),
        "seed": facts.get("seed"),
        "epochs": facts.get("epochs"),
        "withheld_items": len(held),
        "people": len(asked),
        **{name: {key: figures[key] for key in FIGURES} for name, figures in cold.items()},
        "warm": {key: known[key] for key in FIGURES},
        "over_random": round(cold["model"]["hr@10"] / max(1e-9, 10 / films.item_count), 2),
        "over_content_knn": round(cold["model"]["hr@10"] / max(1e-9, cold["content-knn"]["hr@10"]), 2),
        "over_warm": round(cold["model"]["hr@10"] / max(1e-9, known["hr@10"]), 3),
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }


def _train(films: TrainingData, held: frozenset[int], epochs: int, seed: int) -> tuple[SequenceNetwork, dict[str, Any]]:
    recipe = RECIPES[RECIPE]
    recipe = replace(recipe, plan=replace(recipe.plan, withheld=held, epochs=epochs))
    return train_recipe(recipe, films, seed, None, _say)


def _keep(network: SequenceNetwork, facts: dict[str, Any], held: frozenset[int], path: Path) -> None:
    checkpoint_archive.archive_network(network, {"recipe": RECIPE, "withheld": sorted(held), **facts}, path)


def _load(path: Path, held: frozenset[int]) -> tuple[SequenceNetwork, dict[str, Any]]:
    kept = checkpoint_archive.load_archived(path)
    if set(kept.facts.get("withheld", ())) != held:
        raise NotUnderstoodError(f"{path} was not trained without these {len(held)} items; its figures would mislead.")
    return kept.network, kept.facts


def _say(progress: Any) -> None:
    sys.stderr.write(f"epoch {progress.epoch}: loss {progress.loss:.3f}, NDCG@10 {progress.ndcg:.4f}\n")
    sys.stderr.flush()
