"""Lists calibrated to a person's interests against the plain list: diversity gained, accuracy lost.

Vectors and scores are those of the shipped weights on MovieLens-1M; the share of slots for the interests (`mix`) is
the only parameter varied.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import describe_machine
from benchmarks.served_scorer import ServedScorer
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.metrics import hit_rate, ndcg
from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker
from recommender.taste.interests import Interest, calibrate_list, find_interests, shift_towards
from recommender.training.movielens import read_movielens

TEST = Protocol()
MIXES = (0.0, 0.2, 0.3, 0.4, 0.5)
SHOWN = 10
RETRIEVED = 100
READ = 200  # newest events that interests are clustered from


def run(data: Path, cache: Path, seed: int = 1, every: int = 2) -> dict[str, Any]:
    """Uses every `every`-th person. Raises NotFoundError for a missing folder."""
    started = time.perf_counter()
    ranker = SequenceRanker.load(SHIPPED_WEIGHTS)
    films = read_movielens(data, cache, ranker.modality_dims)
    served = ServedScorer(ranker, films)
    items = served.items
    sequences = films.sequences[::every]
    lists: dict[float, list[NDArray[np.int64]]] = {mix: [] for mix in MIXES}
    found: dict[str, list[bool]] = {"one vector": [], "several": []}
    several = 0
    for events in sequences:
        history, target = events[:-1], int(events[-1])
        person = served.embed(history)
        own = history[-READ:]
        interests = find_interests(
            items[own], np.ones(len(own), np.float32), np.arange(len(own), dtype=np.float32)[::-1]
        )
        several += len(interests) > 1
        plain, leaning = _score(items, person, interests, history, target)
        shares = [interest.share for interest in interests]
        for mix in MIXES:
            lists[mix].append(calibrate_list(plain, leaning, shares, SHOWN, mix))
        found["one vector"].append(target in calibrate_list(plain, leaning, shares, RETRIEVED, 0.0))
        found["several"].append(target in calibrate_list(plain, leaning, shares, RETRIEVED, 0.5))
    targets = np.array([int(events[-1]) for events in sequences])
    figures: dict[str, dict[str, float]] = {
        str(mix): _describe(np.stack(rows), targets, items) for mix, rows in lists.items()
    }
    plain_figures = figures[str(MIXES[0])]
    for mixed in figures.values():
        mixed["ndcg@10_over_plain"] = round(mixed["ndcg@10"] / plain_figures["ndcg@10"], 4)
        mixed["distance_over_plain"] = round(mixed["intra_list_distance"] / plain_figures["intra_list_distance"], 4)
    return {
        "benchmark": "interests",
        "dataset": data.name,
        "protocol": TEST.describe(),
        "protocol_hash": TEST.hash,
        "data_hash": films.data_hash,
        "split_hash": hash_split(sequences, TEST.held_back),
        "weights": f"{ranker.name} {ranker.version}",
        "seed": seed,
        "people": len(sequences),
        "with_several_tastes": several,
        "by_mix": figures,
        "recall@100": {name: round(float(np.mean(hits)), 4) for name, hits in found.items()},
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }


def _score(
    items: NDArray[np.float32],
    person: NDArray[np.float32],
    interests: Sequence[Interest],
    history: NDArray[np.int64],
    target: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N,) scores by the person's vector and (K, N) by each interest; seen items are -inf."""
    plain = items @ person
    leaning = shift_towards(person, interests) @ items.T
    met = history[history != target]
    plain[met] = -np.inf
    leaning[:, met] = -np.inf
    return plain, leaning


def _describe(lists: NDArray[np.int64], targets: NDArray[np.int64], items: NDArray[np.float32]) -> dict[str, float]:
    """Intra-list distance is the mean of 1 - cosine over the pairs of one list."""
    hits = lists == targets[:, None]
    ranks = np.where(hits.any(axis=1), hits.argmax(axis=1), np.inf)
    shown = items[lists]  # (U, 10, C), unit length
    likeness = np.einsum("uic,ujc->uij", shown, shown)
    pairs = SHOWN * (SHOWN - 1)
    distance = 1 - (likeness.sum(axis=(1, 2)) - SHOWN) / pairs
    return {
        "hr@10": round(float(hit_rate(ranks, SHOWN).mean()), 4),
        "ndcg@10": round(float(ndcg(ranks, SHOWN).mean()), 4),
        "intra_list_distance": round(float(distance.mean()), 4),
    }
