"""How well sequence weights rank a MovieLens folder, asked through their ONNX graphs, as they are served.

python -m benchmarks.ranker --data FOLDER [--weights FOLDER] [--unseen-minutes 20] [--out FILE]
`--unseen-minutes` trains the recipe anew without a fifth of the items: what it is worth in a library it never saw.
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
from recommender.sequence.unseen import rank_by_popularity, rank_by_similarity, rank_last, summarise

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
        "ranker": {key: ranker.facts.get(key) for key in ("name", "version", "seed", "epochs", "data_hash", "config")},
        "served": measure_served(ranker, data),
        **describe_machine(),
    }
    if options.unseen_minutes:
        result["unseen"] = _measure_unseen(data, options.unseen_minutes)
    out = options.out or RESULTS / f"ranker-{options.data.name}-{result['commit']}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}\n{json.dumps(result, indent=2)}\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sequences.txt and movies.dat")
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--cache", type=Path, default=Path("var/cache/ml1m"), help="where encoded vectors are kept")
    parser.add_argument("--unseen-minutes", type=float, default=0, help="train without a fifth of the items, so long")
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
        figures[name] = summarise(rank_last(data, people @ items.T))
        figures.setdefault("milliseconds_per_person", round(float(np.median(taken)), 2))
    figures["popularity"] = summarise(rank_by_popularity(data))
    figures["text similarity"] = summarise(rank_by_similarity(data))
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


def _measure_unseen(data: TrainingData, minutes: float) -> Mapping[str, Any]:
    from recommender.sequence.config import RankerConfig
    from recommender.sequence.shipping import SHIPPED_PLAN
    from recommender.sequence.training import Progress
    from recommender.sequence.unseen import measure_unseen

    def report(progress: Progress) -> None:
        sys.stderr.write(f"unseen: epoch {progress.epoch}, NDCG@10 {progress.ndcg:.4f}\n")
        sys.stderr.flush()

    return measure_unseen(RankerConfig(), replace(SHIPPED_PLAN, minutes=minutes), data, report)


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
