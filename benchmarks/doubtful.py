"""Outlier detection: recall of random films injected into MovieLens histories, and the share of true ones flagged.

python -m benchmarks.doubtful --data FOLDER [--seed 1] [--every 6] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker
from recommender.taste.outliers import RULES, find_outliers, outlier_scores
from recommender.training.movielens import read_movielens

PROTOCOL = (
    "10 percent of random films, uniform over the catalogue and not in the history, put at random places into the last "
    "400 events; weights, bar and cap as served; 'at 5 percent' moves the bar so that 5 percent of true events fall"
)
INJECTED_SHARE = 0.1
MAX_EVENTS = 400
Flags = NDArray[np.bool_]


def run(data: Path, seed: int, cache: Path = Path("var/cache/ml1m"), every: int = 1) -> dict[str, Any]:
    """Uses every `every`-th person. Raises NotFoundError for a missing folder."""
    started = time.perf_counter()
    ranker = SequenceRanker.load(SHIPPED_WEIGHTS)
    films = read_movielens(data, cache, ranker.modality_dims)
    taste, text = ranker.embed_items(films.vectors, films.present), films.vectors["text"]
    random = np.random.default_rng(seed)
    slipped, listed, oddities = [], [], []
    for sequence in films.sequences[::every]:
        rows, is_slipped = slip_in(sequence[-MAX_EVENTS:], films.item_count, random)
        own = taste[rows], text[rows], taste.mean(axis=0), text.mean(axis=0)
        unlike, text_unlike = outlier_scores(*own)
        is_listed = np.zeros(len(rows), dtype=bool)
        is_listed[[doubt.row for doubt in find_outliers(*own)]] = True
        slipped.append(is_slipped)
        listed.append(is_listed)
        oddities.append(np.where(text_unlike > RULES.min_text_score, unlike, -np.inf))
    return {
        "benchmark": "doubtful",
        "dataset": data.name,
        "protocol": PROTOCOL,
        "seed": seed,
        "people": len(slipped),
        "weights": f"{ranker.name} {ranker.version}",
        **measure(np.concatenate(slipped), np.concatenate(listed), np.concatenate(oddities)),
        "seconds": round(time.perf_counter() - started, 1),
    }


def slip_in(
    sequence: NDArray[np.int64], item_count: int, random: np.random.Generator
) -> tuple[NDArray[np.int64], Flags]:
    """The sequence with random foreign items inserted, and a mask of them."""
    count = max(1, round(INJECTED_SHARE * len(sequence)))
    injected = random.choice(np.setdiff1d(np.arange(item_count), sequence), count, replace=False)
    mixed = np.insert(sequence, random.integers(0, len(sequence) + 1, count), injected)
    return mixed, np.isin(mixed, injected)


def measure(slipped: Flags, listed: Flags, oddity: NDArray[np.float64]) -> dict[str, Any]:
    """Metrics over all events of all people; the threshold for the second figure flags 5 percent of true events."""
    threshold = float(np.quantile(oddity[~slipped], 0.95))
    return {
        "events": len(slipped),
        "slipped_in": int(slipped.sum()),
        "as_served": {
            "found": round(float(listed[slipped].mean()), 4),
            "true_events_doubted": round(float(listed[~slipped].mean()), 4),
            "listed_that_were_slipped_in": round(float(slipped[listed].mean()), 4) if listed.any() else None,
        },
        "at_5_percent_true_events_doubted": {"found": round(float((oddity[slipped] > threshold).mean()), 4)},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sequences.txt and movies.dat")
    parser.add_argument("--cache", type=Path, default=Path("var/cache/ml1m"), help="where encoded vectors are kept")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    text = json.dumps(run(options.data, options.seed, options.cache, options.every), indent=2) + "\n"
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
