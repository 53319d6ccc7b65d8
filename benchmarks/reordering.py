"""Reranking of the first twenty by a language model against the pipeline's order: quality and latency."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection

from benchmarks import steering
from benchmarks.environment import describe_machine
from benchmarks.language_model import open_writer
from mediarec.library.errors import UnavailableError
from recommender import pipeline
from recommender.backends import registry
from recommender.chat import llm_reranking
from recommender.llm import address
from recommender.llm.openai_http import OpenAIHttpGenerator, TimeoutPolicy
from recommender.metrics import ndcg_of_several
from recommender.types import Filters, RecommendRequest

logger = logging.getLogger(__name__)
PROTOCOL = (
    "fans of a genre, out of the steering benchmark, ask for films of it; twenty are "
    "ranked by the pipeline, then by the language model; NDCG@10 counts held-out films of that genre"
)
HELPS_BY = 0.02  # gain of NDCG@10, also more than two standard errors, from which it is worth the latency
PATIENT = TimeoutPolicy(total_seconds=45.0, failures=100)


def run(data: Path, seed: int, cache: Path, trials: int = 24) -> dict[str, Any]:
    """Raises UnavailableError without a language model."""
    started = time.perf_counter()
    with open_writer() as writer:
        if writer is None:
            raise UnavailableError("There is no language model here whose order could be measured.")
        found = address.find_address()
        patient = OpenAIHttpGenerator(found.url, found.model, found.api_key, PATIENT)
        rows = _measure_all(data, cache, seed, trials, patient)
    return {
        "benchmark": "reordering",
        "dataset": data.name,
        "protocol": PROTOCOL,
        "seed": seed,
        "language_model": patient.name,
        **summarise(rows),
        "seconds": round(time.perf_counter() - started, 1),
        **describe_machine(),
    }


def _measure_all(
    data: Path, cache: Path, seed: int, trials: int, writer: OpenAIHttpGenerator
) -> list[dict[str, float]]:
    """Uses a temporary database."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        rows = []
        for trial in steering.make_trials(data, cache, seed, trials):
            rows.append(_measure(trial, writer))
            logger.info("%s of %s trials", len(rows), trials)
        return rows
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _measure(trial: steering.Trial, writer: OpenAIHttpGenerator) -> dict[str, float]:
    filters = Filters(kinds=("film",), any_words=(trial.genre,))
    request = RecommendRequest(trial.fan.pk, filters, novelty=0.0, limit=llm_reranking.REORDERED, surface="chat")
    lines = pipeline.recommend(request).items
    started = time.perf_counter()
    order = llm_reranking.ask_order(lines, f"{trial.genre} films", writer)
    seconds = time.perf_counter() - started
    plain = [line.item_id for line in lines]
    moved = plain if order is None else [plain[place] for place in order]
    return {
        "plain": ndcg_of_several(plain, trial.wanted, steering.LISTED),
        "reordered": ndcg_of_several(moved, trial.wanted, steering.LISTED),
        "answered": float(order is not None),
        "changed": float(moved != plain),
        "seconds": seconds,
    }


def summarise(rows: Sequence[dict[str, float]]) -> dict[str, Any]:
    gains = np.array([row["reordered"] - row["plain"] for row in rows])
    error = float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else 0.0
    seconds = [row["seconds"] for row in rows]
    return {
        "trials": len(rows),
        "ndcg_at_10": round(float(np.mean([row["plain"] for row in rows])), 4),
        "ndcg_at_10_reordered": round(float(np.mean([row["reordered"] for row in rows])), 4),
        "gain": round(float(gains.mean()), 4),
        "gain_standard_error": round(error, 4),
        "answered": round(float(np.mean([row["answered"] for row in rows])), 3),
        "changed": round(float(np.mean([row["changed"] for row in rows])), 3),
        "seconds_p50": round(float(np.median(seconds)), 2),
        "seconds_p95": round(float(np.percentile(seconds, 95)), 2),
        "within_the_time_limit": round(float(np.mean(np.array(seconds) <= registry.HINT_TIMEOUTS.total_seconds)), 3),
        "helps": bool(gains.mean() >= max(HELPS_BY, 2 * error)),
    }
