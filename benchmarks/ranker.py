"""How well sequence weights rank a MovieLens folder, asked as they are served: ONNX graphs, no torch.

python -m benchmarks.ranker --data FOLDER [--weights FOLDER] [--cold-minutes 15] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.sequence.dataset import TrainingData, read_movielens
from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker

CUTOFF = 10
RESULTS = Path(__file__).resolve().parent / "results"
PROTOCOL = (
    "leave-last-out test event, order as given; every item of the folder ranked, the person's history removed, "
    "ties count against the model; person read from the last events that serving reads, as exported to ONNX"
)
AGE_UNKNOWN = float("nan")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    ranker = SequenceRanker.load(options.weights)
    data = read_movielens(options.data, options.cache, ranker.modality_dims)
    result: dict[str, Any] = {
        "benchmark": "ranker",
        "dataset": options.data.name,
        "protocol": PROTOCOL,
        "people": len(data.sequences),
        "items": data.item_count,
        "ranker": {name: ranker.facts.get(name) for name in ("name", "version", "seed", "epochs", "data_hash")},
        "served": measure_served(ranker, data),
        **describe_machine(),
    }
    if options.cold_minutes:
        result["cold_start"] = _measure_cold(ranker, data, options.cold_minutes)
    out = options.out or RESULTS / f"ranker-{options.data.name}-{result['commit']}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}\n{json.dumps(result, indent=2)}\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sequences.txt and movies.dat")
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--cache", type=Path, default=Path("var/cache/ml1m"), help="where encoded vectors are kept")
    parser.add_argument("--cold-minutes", type=float, default=0, help="train without a tenth of the items, so long")
    parser.add_argument("--out", type=Path)
    return parser.parse_args(arguments)


def measure_served(ranker: SequenceRanker, data: TrainingData) -> dict[str, Any]:
    """Everything the weights can read, then one medium at a time, with popularity and chance beside them."""
    masks = {"all": tuple(data.present), "text alone": ("text",), "pictures alone": ("image",)}
    figures: dict[str, Any] = {}
    for name, kept in masks.items():
        present = {m: there if m in kept else np.zeros_like(there) for m, there in data.present.items()}
        items = ranker.embed_items(data.vectors, present)
        people, taken = _embed_people(ranker, data, items)
        figures[name] = summarise(rank_test_events(people @ items.T, data.sequences))
        figures.setdefault("milliseconds_per_person", round(float(np.median(taken)), 2))
    figures["popularity"] = summarise(rank_test_events(_count_popularity(data), data.sequences))
    figures["chance"] = {"hr@10": round(CUTOFF / data.item_count, 4)}
    return figures


def _embed_people(
    ranker: SequenceRanker, data: TrainingData, items: NDArray[np.float32]
) -> tuple[NDArray[np.float32], list[float]]:
    people = np.empty((len(data.sequences), ranker.dims), dtype=np.float32)
    taken = []
    for row, sequence in enumerate(data.sequences):
        history = sequence[:-1]
        started = time.perf_counter()
        people[row] = ranker.embed_person(items[history], ["finished"] * len(history), [AGE_UNKNOWN] * len(history))
        taken.append((time.perf_counter() - started) * 1000)
    return people, taken


def rank_test_events(scores: NDArray[np.float32], sequences: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """(people, items) or (1, items) -> each last event's rank from 0 among the items not in the history before it."""
    ranks = np.empty(len(sequences), dtype=np.int64)
    for row, sequence in enumerate(sequences):
        mine = scores[row % len(scores)].copy()
        wanted = mine[sequence[-1]]
        mine[sequence[:-1]] = -np.inf
        mine[sequence[-1]] = wanted
        ranks[row] = (~(mine < wanted)).sum() - 1
    return ranks


def summarise(ranks: NDArray[np.int64]) -> dict[str, float]:
    hits = ranks < CUTOFF
    gains = np.where(hits, 1 / np.log2(ranks + 2), 0.0)
    return {"hr@10": round(float(hits.mean()), 4), "ndcg@10": round(float(gains.mean()), 4)}


def _count_popularity(data: TrainingData) -> NDArray[np.float32]:
    seen = np.concatenate([sequence[:-2] for sequence in data.sequences])
    return np.bincount(seen, minlength=data.item_count).astype(np.float32)[None]


def _measure_cold(ranker: SequenceRanker, data: TrainingData, minutes: float) -> Mapping[str, Any]:
    from recommender.sequence.network import RankerConfig
    from recommender.sequence.shipping import measure_cold
    from recommender.sequence.training import Progress, TrainingPlan

    def report(progress: Progress) -> None:
        sys.stderr.write(f"cold start: epoch {progress.epoch}, NDCG@10 {progress.ndcg:.4f}\n")
        sys.stderr.flush()

    config = replace(RankerConfig(**ranker.facts["config"]), id_items=0)
    return measure_cold(config, TrainingPlan(minutes=minutes), data, report)


def describe_machine() -> dict[str, str]:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "commit": found.stdout.strip() or "unknown",
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    main()
