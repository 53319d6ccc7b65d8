"""The shipped recipe in an unseen library: trained without a fifth of the films, evaluated with all."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.environment import describe_machine
from recommender.training.cold_start_eval import evaluate_cold_start
from recommender.training.movielens import read_movielens
from recommender.training.recipes import SHIPPED


def run(data: Path, cache: Path, epochs: int = 0, seed: int = 1) -> dict[str, Any]:
    """`epochs` 0 uses the recipe's. Raises NotFoundError for a missing folder."""
    started = time.perf_counter()
    films = read_movielens(data, cache, SHIPPED.config.modality_dims, with_plain=SHIPPED.plan.plain_share > 0)
    config, plan = SHIPPED.fit(films, seed)
    found = evaluate_cold_start(config, replace(plan, epochs=epochs or plan.epochs), films, _say)
    return {
        "benchmark": "unseen",
        "dataset": data.name,
        "data_hash": films.data_hash,
        "seed": seed,
        **found,
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }


def _say(progress: Any) -> None:
    sys.stderr.write(f"epoch {progress.epoch}: loss {progress.loss:.3f}, NDCG@10 {progress.ndcg:.4f}\n")
    sys.stderr.flush()
