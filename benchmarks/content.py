"""Quality of content vectors without training: item cards against titles, text with and without posters (MovieLens)."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import describe_machine
from mediarec.library.errors import NotUnderstoodError
from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.evaluation.baselines import ContentNeighbours, ItemNeighbours, count_events
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.evaluation.ranks import rank_people
from recommender.evaluation.report import paired_ndcg_difference, summarise
from recommender.items.cards import ItemFacts, build_card
from recommender.metrics import ndcg
from recommender.sequence.config import RankerConfig
from recommender.training.movielens import TrainingData, encode_once, read_facts, read_movielens

Vectors = NDArray[np.float32]

FIRST = 10
LEAST_EVENTS = 20  # minimum events of an item for its co-liked items to be more than chance
POSTER_WEIGHTS = (
    0.0,
    0.05,
    0.1,
    0.2,
    0.3,
    0.5,
    0.8,
)  # of the poster cosine, added to the text cosine; chosen on validation
TARGET = 1.05
TEST = Protocol()
VALIDATION = replace(TEST, held_back=2)
FIGURES = ("hr@10", "ndcg@10", "ndcg@10_ci")


def run(data: Path, cache: Path) -> dict[str, Any]:
    """Nothing is trained: the vectors come from the encoders and are cached in `cache` between runs."""
    started = time.perf_counter()
    _say(started, "reading films; encoding texts and posters, unless they are in the cache")
    films = read_movielens(data, cache, RankerConfig().modality_dims)
    _say(started, f"{films.item_count} films; comparing neighbours")
    near = _compare_neighbours(films, _encode_titles(data, cache, films))
    _say(started, "ranking with and without posters")
    return {
        "benchmark": "content",
        "dataset": data.name,
        "data_hash": films.data_hash,
        "items": films.item_count,
        "people": len(films.sequences),
        "co_liked_recall_at_10": near,
        "posters": _compare_posters(films),
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }


def _encode_titles(data: Path, cache: Path, films: TrainingData) -> Vectors:
    """Vectors of cards with only title and genres, in the order of the films."""
    facts = read_facts(data)
    ids = sorted({int(word) for line in (data / "sequences.txt").open(encoding="utf-8") for word in line.split()[1:]})
    bare = [
        replace(facts[i], year=None, people={}, synopsis="") if i in facts else ItemFacts("film", f"Film {i}")
        for i in ids
    ]
    cards = [build_card(own) for own in bare]
    if len(cards) != films.item_count:
        raise NotUnderstoodError(f"{data} changed while it was read.")
    return encode_once(cache, "text", cards, lambda: MiniLMTextEncoder().encode(cards))


def _compare_neighbours(films: TrainingData, titles: Vectors) -> dict[str, Any]:
    """Recall of the ten most co-liked films among the ten nearest by content."""
    counts = count_events(films.sequences, films.item_count)
    queries = np.flatnonzero(counts >= LEAST_EVENTS)
    relevant = list_nearest(ItemNeighbours(films.sequences, films.item_count).likeness, queries)
    vectors_by_name = {
        "cards": films.vectors["text"],
        "title and genres": titles,
        "title, year and genres": films.metadata_only["text"],
    }
    recalls = {
        name: recall_rows(list_nearest(_product(vectors), queries), relevant)
        for name, vectors in vectors_by_name.items()
    }
    cards, titles_recall = recalls["cards"], recalls["title and genres"]
    return {
        "asked": len(queries),
        "meaning": f"films with at least {LEAST_EVENTS} viewers; the {FIRST} most co-liked by item-kNN are wanted",
        **{name: round(float(vectors.mean()), 4) for name, vectors in recalls.items()},
        "cards_over_title_and_genres": round(float(cards.mean() / max(titles_recall.mean(), 1e-9)), 4),
        "ratio_ci": bootstrap_ratio(cards, titles_recall),
        "target": TARGET,
        "is_met": bool(cards.mean() >= TARGET * titles_recall.mean()),
    }


def list_nearest(likeness: Vectors, queries: NDArray[np.int64]) -> NDArray[np.int64]:
    """(Q, 10) indices of the nearest other items for each of Q query indices, unordered."""
    scores = np.array(likeness[queries], dtype=np.float32)
    scores[np.arange(len(queries)), queries] = -np.inf
    count = min(FIRST, scores.shape[1] - 1)
    return np.argpartition(-scores, count - 1, axis=1)[:, :count]


def recall_rows(retrieved: NDArray[np.int64], relevant: NDArray[np.int64]) -> NDArray[np.float64]:
    """(Q,) recall per row: the share of relevant items that were retrieved."""
    pairs = zip(retrieved, relevant, strict=True)
    return np.array([len(set(hits.tolist()) & set(targets.tolist())) / max(1, len(targets)) for hits, targets in pairs])


def bootstrap_ratio(ours: NDArray[np.float64], theirs: NDArray[np.float64], draws: int = 1000) -> list[float]:
    """95 percent bootstrap interval of the ratio of two means over the same rows."""
    picks = np.random.default_rng(0).integers(0, len(ours), size=(draws, len(ours)), dtype=np.int32)
    ratios = [ours[pick].mean() / max(theirs[pick].mean(), 1e-9) for pick in picks]
    return [round(float(edge), 4) for edge in np.quantile(ratios, [0.025, 0.975])]


def _product(vectors: Vectors) -> Vectors:
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return np.asarray(unit @ unit.T, dtype=np.float32)


def _compare_posters(films: TrainingData) -> dict[str, Any]:
    """Chooses the weight on each person's second-last event and evaluates it on the last."""
    validation_ndcg = {}
    for weight in POSTER_WEIGHTS:
        own = rank_people(ContentNeighbours(join_posters(films, weight)), films.sequences, VALIDATION)
        validation_ndcg[weight] = float(ndcg(own.ranks, FIRST).mean())
    best = max((weight for weight in POSTER_WEIGHTS if weight), key=lambda weight: validation_ndcg[weight])
    counts = count_events([events[:-2] for events in films.sequences], films.item_count)
    ranked = {
        name: rank_people(ContentNeighbours(join_posters(films, weight)), films.sequences, TEST)
        for name, weight in (("text", 0.0), ("text and posters", best))
    }
    apart = paired_ndcg_difference(ranked["text and posters"].ranks, ranked["text"].ranks, FIRST)
    figures = {name: summarise(own, counts) for name, own in ranked.items()}
    return {
        "protocol": TEST.describe(),
        "split_hash": hash_split(films.sequences, TEST.held_back),
        "with_posters": int(films.present["image"].sum()),
        "validation_ndcg_at_10": {str(weight): round(value, 4) for weight, value in validation_ndcg.items()},
        "weight": best,
        **{name: {figure: own[figure] for figure in FIGURES} for name, own in figures.items()},
        "ndcg_at_10": apart,
        "posters_help": bool(apart["difference_ci"][0] > 0),
    }


def join_posters(films: TrainingData, weight: float) -> Vectors:
    """Text and poster vectors concatenated: their product is the text cosine plus the weighted poster cosine.

    The mean poster vector is subtracted, because what all posters share would make them all similar; a missing poster
    adds zero.
    """
    text, image, there = films.vectors["text"], films.vectors["image"], films.present["image"]
    text = text / np.maximum(np.linalg.norm(text, axis=1, keepdims=True), 1e-9)
    if not weight or not there.any():
        return np.asarray(text, dtype=np.float32)
    apart = (image - image[there].mean(axis=0)) * there[:, None]
    unit = apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    return np.asarray(np.hstack([text, np.sqrt(weight) * unit]), dtype=np.float32)


def _say(started: float, words: str) -> None:
    sys.stderr.write(f"{time.perf_counter() - started:5.0f} s: {words}\n")
    sys.stderr.flush()
