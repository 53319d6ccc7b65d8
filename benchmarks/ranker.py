"""Ranking quality of a recipe on MovieLens-1M, with random, popularity and item-kNN baselines in the same run.

`weights` evaluates stored weights; otherwise `seeds` networks of the recipe `model` are trained first. Several weights
are also compared person by person.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import describe_machine
from benchmarks.served_scorer import ServedScorer
from mediarec.library.errors import NotUnderstoodError
from recommender.evaluation.baselines import (
    ContentNeighbours,
    ItemNeighbours,
    PopularityBaseline,
    RandomBaseline,
    count_events,
)
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.evaluation.ranks import EvaluatedRanks, Scorer, rank_protocols
from recommender.evaluation.report import paired_ndcg_difference, summarise
from recommender.metrics import CUTOFF, hit_rate, ndcg
from recommender.sequence.serving import SequenceRanker
from recommender.training.movielens import TrainingData, read_movielens

TEST = Protocol()
HISTORY_KEPT = Protocol(history_removed=False)
RARE_FIGURES = ("hr@10", "hr@10_ci", "hr@50", "hr@50_ci", "ndcg@10", "mrr", "mrr_ci")
RARE = 20  # items with fewer training events count as rare
MEAN_OF = ("hr@10", "hr@50", "ndcg@10", "ndcg@50", "mrr", "coverage@10", "mean_popularity@10", "long_tail@10")


def run(
    data: Path,
    cache: Path,
    model: str = "full",
    seeds: int = 1,
    weights: Sequence[Path] = (),
    keep_in: Path | None = None,
) -> dict[str, Any]:
    """Raises MediarecError for an unusable folder, weights or recipe."""
    started = time.perf_counter()
    films = read_movielens(data, cache, _modality_dims())
    training = [events[:-2] for events in films.sequences]
    counts = count_events(training, films.item_count)
    judge = Judge(films.sequences, counts)
    result: dict[str, Any] = {
        "benchmark": "ranker",
        "dataset": data.name,
        "protocol": TEST.describe(),
        "protocol_hash": TEST.hash,
        "data_hash": films.data_hash,
        "split_hash": hash_split(films.sequences, TEST.held_back),
        "people": len(films.sequences),
        "items": films.item_count,
    }
    measured = [_measure_kept(path, films, judge) for path in weights]
    measured += (
        [] if weights else [_train_and_measure(model, seed, films, judge, keep_in) for seed in range(1, seeds + 1)]
    )
    result |= {"model": measured[0]["model"], **_average(measured), "runs": measured}
    result["first_against"] = judge.compare_first([run.get("weights") for run in measured])
    result["baselines"] = {
        scorer.name: judge.measure(scorer)
        for scorer in (
            RandomBaseline(films.item_count),
            PopularityBaseline(training, films.item_count),
            ItemNeighbours(training, films.item_count),
            ContentNeighbours(films.vectors["text"]),
        )
    }
    return {**result, "seconds": round(time.perf_counter() - started, 1), **describe_machine()}


def _modality_dims() -> dict[str, int]:
    from recommender.sequence.config import RankerConfig

    return dict(RankerConfig().modality_dims)


class Judge:
    """Evaluates several scorers on the same people and stores their ranks in that order."""

    def __init__(self, sequences: Sequence[NDArray[np.int64]], counts: NDArray[np.int64]) -> None:
        self.sequences, self.counts = sequences, counts
        asked = [events for events in sequences if len(events) > TEST.held_back]
        self.is_rare = np.array([counts[events[-TEST.held_back]] < RARE for events in asked])
        self.ranks: list[NDArray[np.int64]] = []

    def measure(self, scorer: Scorer) -> dict[str, Any]:
        """Metrics without history items among the candidates (the main figures), with them, and for rare items."""
        started = time.perf_counter()
        removed, kept = rank_protocols(scorer, self.sequences, (TEST, HISTORY_KEPT))
        seconds = time.perf_counter() - started
        self.ranks.append(removed.ranks)
        beside = {
            "hr@10": round(float(hit_rate(kept.ranks).mean()), 4),
            "ndcg@10": round(float(ndcg(kept.ranks).mean()), 4),
        }
        told = {"history_kept": beside, "rare": self._measure_rare(removed), "seconds": round(seconds, 1)}
        return {**summarise(removed, self.counts), **told}

    def _measure_rare(self, ranked: EvaluatedRanks) -> dict[str, Any]:
        people = int(self.is_rare.sum())
        if not people:
            return {"people": 0}
        found = summarise(EvaluatedRanks(ranked.ranks[self.is_rare], ranked.lists[self.is_rare]), self.counts)
        return {"people": people, **{name: found[name] for name in RARE_FIGURES}}

    def compare_first(self, names: Sequence[str | None]) -> dict[str, Any]:
        """Paired comparison of NDCG, the first scorer against each of the others."""
        return {
            str(name): paired_ndcg_difference(self.ranks[0], ranks, CUTOFF)
            for name, ranks in zip(names[1:], self.ranks[1:], strict=True)
        }


def _measure_kept(path: Path, films: TrainingData, judge: Judge) -> dict[str, Any]:
    from recommender.training.checkpoint_archive import load_archived
    from recommender.training.scoring import NetworkScorer

    if path.is_dir():  # exported weights, evaluated as served
        ranker = SequenceRanker.load(path)
        facts = {"weights": ranker.version, **{name: ranker.facts.get(name) for name in ("seed", "epochs")}}
        return {"model": ranker.name, **facts, **judge.measure(ServedScorer(ranker, films))}
    kept = load_archived(path)
    if kept.facts.get("data_hash") != films.data_hash:
        raise NotUnderstoodError(f"{path} was trained on other data than this folder holds; its figures would mislead.")
    facts = {name: kept.facts.get(name) for name in ("seed", "epochs", "training_minutes", "events_per_second")}
    scorer = NetworkScorer(kept.network, films, str(kept.facts.get("recipe", path.stem)))
    return {"model": scorer.name, "weights": path.name, **facts, **judge.measure(scorer)}


def _train_and_measure(
    model: str, seed: int, films: TrainingData, judge: Judge, keep_in: Path | None
) -> dict[str, Any]:
    from recommender.training.checkpoint_archive import archive_network
    from recommender.training.malloc_tuning import keep_freed_pages
    from recommender.training.recipes import RECIPES, train_recipe
    from recommender.training.scoring import NetworkScorer

    if model not in RECIPES:
        raise NotUnderstoodError(f"There is no recipe {model!r}; there are {', '.join(RECIPES)}.")
    keep_freed_pages()
    network, facts = train_recipe(RECIPES[model], films, seed, None, lambda progress: _say(seed, progress))
    if keep_in is not None:
        archive_network(network, {"recipe": model, **facts}, keep_in / f"ml1m-{model}-{seed}.safetensors")
    told = {name: facts[name] for name in ("seed", "epochs", "training_minutes", "events_per_second")}
    return {"model": model, **told, **judge.measure(NetworkScorer(network, films, model))}


def _say(seed: int, progress: Any) -> None:
    sys.stderr.write(f"seed {seed}, epoch {progress.epoch}: loss {progress.loss:.3f}, NDCG@10 {progress.ndcg:.4f}\n")
    sys.stderr.flush()


def _average(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean over runs; a single run with its own intervals, several with the spread between them."""
    figures: dict[str, Any] = {name: round(float(np.mean([run[name] for run in runs])), 4) for name in MEAN_OF}
    if len(runs) == 1:
        return figures | {f"{name}_ci": runs[0][f"{name}_ci"] for name in ("ndcg@10", "hr@10")}
    lows_and_highs = {name: [run[f"{name}_ci"] for run in runs] for name in ("ndcg@10", "hr@10")}
    for name, bounds in lows_and_highs.items():
        figures[f"{name}_ci"] = [round(float(value), 4) for value in np.mean(bounds, axis=0)]
        figures[f"{name}_spread"] = round(float(np.std([run[name] for run in runs])), 4)
    return figures
