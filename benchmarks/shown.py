"""Hit rate of the whole pipeline's list of ten for the next choice of people its weights were not trained on."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import describe_machine
from benchmarks.fixtures import live_alone, own_database, store_vectors
from benchmarks.served_scorer import ServedScorer
from mediarec.library.item_lookup import normalise_title
from mediarec.library.models import Item
from recommender import pipeline
from recommender.candidate_scoring import past_choices
from recommender.evaluation.baselines import ContentNeighbours, PopularityBaseline
from recommender.evaluation.protocol import Protocol
from recommender.evaluation.ranks import Scorer, rank_people
from recommender.metrics import Ranks, find_rank, hit_rate, ndcg
from recommender.sequence.serving import SHIPPED_WEIGHTS, SequenceRanker
from recommender.training.movielens import TrainingData
from recommender.training.movielens_csv import read_films, read_movielens_csv
from recommender.types import Filters, RecommendRequest

PROTOCOL = (
    "the last event of each person held out, all their others in the database as finished films; a list of ten films "
    "by the pipeline of every page, at its usual novelty; each film known by title, year and genres"
)
LISTED = 10
FEWEST_EVENTS = 8
LONGEST_HISTORY = 300
SAID_EVERY = 100
WHOLE = Protocol(order="by time, equal times in the order of the file")


def run(data: Path, cache: Path, seed: int = 1, people: int = 400) -> dict[str, Any]:
    """Uses a temporary database. Raises MediarecError for an unusable folder."""
    started = time.perf_counter()
    ranker = SequenceRanker.load(SHIPPED_WEIGHTS)
    films = read_movielens_csv(data, cache, ranker.modality_dims)
    whole = [events for events in films.sequences if len(events) >= FEWEST_EVENTS]
    chosen = np.random.default_rng(seed).permutation(len(whole))[:people]
    sequences = [whole[number][-LONGEST_HISTORY - 1 :] for number in chosen]
    with own_database():
        ids = _store_library(data, films, ranker, whole)
        known = _measure_both(sequences, ids, "popularity known")
        Item.objects.update(popularity=0.0)
        unknown = _measure_both(sequences, ids, "popularity unknown")
    return {
        "benchmark": "shown",
        "dataset": data.name,
        "data_hash": films.data_hash,
        "protocol": PROTOCOL,
        "seed": seed,
        "people": len(sequences),
        "items": films.item_count,
        "popularity known": known,
        "popularity unknown": unknown,
        "alone": _measure_alone(sequences, whole, films, ranker),
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }


def _store_library(
    data: Path, films: TrainingData, ranker: SequenceRanker, sequences: Sequence[NDArray[np.int64]]
) -> list[int]:
    """Creates films in the order of the vectors; popularity comes from all but the last events."""
    facts = sorted(read_films(data))
    counts = np.bincount(np.concatenate([events[:-1] for events in sequences]), minlength=films.item_count)
    items = Item.objects.bulk_create(
        Item(
            kind="film",
            title=name,
            title_key=normalise_title(name),
            year=fact.year,
            genres=[genre.lower() for genre in fact.genres],
            popularity=float(count / counts.max()),
        )
        for (_, fact), name, count in zip(facts, films.names, counts, strict=True)
    )
    ids = [item.pk for item in items]
    store_vectors(films, ranker, ids)
    return ids


def _measure_both(sequences: Sequence[NDArray[np.int64]], ids: Sequence[int], name: str) -> dict[str, Any]:
    """Learned weights against hand-set ones on the same people's lists."""
    learned = _list_all(sequences, ids, f"{name}, learned weights", looks_back=True)
    fixed = _list_all(sequences, ids, f"{name}, fixed weights", looks_back=False)
    gained = ndcg(learned, LISTED) - ndcg(fixed, LISTED)
    error = 1.96 * float(gained.std()) / float(np.sqrt(len(gained)))
    return {
        "learned weights": _summarise(learned),
        "fixed weights": _summarise(fixed),
        "ndcg@10 gained": round(float(gained.mean()), 4),
        "ndcg@10 gained_plus_minus": round(error, 4),
    }


def _list_all(sequences: Sequence[NDArray[np.int64]], ids: Sequence[int], name: str, *, looks_back: bool) -> Ranks:
    """(U,) rank of the held-out film in each list."""
    usual, past_choices.MAX_CHOICES = past_choices.MAX_CHOICES, past_choices.MAX_CHOICES if looks_back else 0
    ranks = []
    try:
        for number, events in enumerate(sequences):
            with live_alone(f"reader{number}", [ids[row] for row in events[:-1]]) as person:
                shown = pipeline.recommend(RecommendRequest(person.pk, Filters(kinds=("film",)), limit=LISTED)).items
            ranks.append(find_rank([line.item_id for line in shown], ids[events[-1]]))
            if number % SAID_EVERY == 0:
                sys.stderr.write(f"{name}: {number} of {len(sequences)}\n")
                sys.stderr.flush()
    finally:
        past_choices.MAX_CHOICES = usual
    return np.array(ranks)


def _measure_alone(
    sequences: Sequence[NDArray[np.int64]],
    everyone: Sequence[NDArray[np.int64]],
    films: TrainingData,
    ranker: SequenceRanker,
) -> dict[str, dict[str, float]]:
    """Single scorers over all films unseen by the person."""
    scorers: dict[str, Scorer] = {
        "shipped weights": ServedScorer(ranker, films),
        "text similarity": ContentNeighbours(films.vectors["text"]),
        "popularity": PopularityBaseline([events[:-1] for events in everyone], films.item_count),
    }
    return {name: _summarise(rank_people(scorer, sequences, WHOLE).ranks) for name, scorer in scorers.items()}


def _summarise(ranks: Ranks) -> dict[str, float]:
    gains = ndcg(ranks, LISTED)
    error = 1.96 * float(gains.std()) / float(np.sqrt(len(ranks)))
    return {
        "hr@10": round(float(hit_rate(ranks, LISTED).mean()), 4),
        "ndcg@10": round(float(gains.mean()), 4),
        "ndcg@10_plus_minus": round(error, 4),
    }
