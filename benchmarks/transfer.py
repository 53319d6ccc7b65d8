"""Transfer of the shipped weights to unseen films and people: a MovieLens folder in csv layout."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.environment import describe_machine
from benchmarks.served_scorer import ServedScorer
from recommender.evaluation.baselines import (
    ContentNeighbours,
    ItemNeighbours,
    PopularityBaseline,
    RandomBaseline,
    count_events,
)
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.evaluation.ranks import Scorer, rank_people
from recommender.evaluation.report import summarise
from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker
from recommender.training.movielens_csv import read_movielens_csv

TEST = Protocol(order="by time, equal times in the order of the file")
FEWEST_EVENTS = 3


def run(data: Path, cache: Path) -> dict[str, Any]:
    """Raises MediarecError for an unusable folder."""
    started = time.perf_counter()
    ranker = SequenceRanker.load(SHIPPED_WEIGHTS)
    films = read_movielens_csv(data, cache, ranker.modality_dims)
    sequences = [events for events in films.sequences if len(events) >= FEWEST_EVENTS]
    training = [events[:-2] for events in sequences]
    counts = count_events(training, films.item_count)
    scorers: tuple[Scorer, ...] = (
        ServedScorer(ranker, films),
        RandomBaseline(films.item_count),
        PopularityBaseline(training, films.item_count),
        ContentNeighbours(films.vectors["text"]),
        ItemNeighbours(training, films.item_count),
    )
    names = {ranker.name: "shipped"}
    return {
        "benchmark": "transfer",
        "dataset": data.name,
        "protocol": TEST.describe(),
        "protocol_hash": TEST.hash,
        "data_hash": films.data_hash,
        "split_hash": hash_split(sequences, TEST.held_back),
        "model": f"{ranker.name} {ranker.version}, never trained on these people",
        "people": len(sequences),
        "items": films.item_count,
        **{
            names.get(scorer.name, scorer.name): summarise(rank_people(scorer, sequences, TEST), counts)
            for scorer in scorers
        },
        "note": "popularity and item-knn know these people's other events; shipped weights know texts alone",
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }
