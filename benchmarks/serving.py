"""Latency of one person's list with a large library: the pipeline, its stages, and a bare matrix product.

Every request follows a new event, so the person is encoded anew each time. The stages are called in the order of the
pipeline, with about 500 candidates.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from benchmarks.environment import describe_machine
from benchmarks.home import read_rss_mb
from benchmarks.synthetic import BATCH, Catalogue, make_catalogue
from mediarec.library.models import Interaction, InteractionType, Person
from recommender import pipeline
from recommender.candidate_scoring import ScoringContext, retrieve, score
from recommender.explanation.explainer import open_explainer
from recommender.models import Modality
from recommender.taste.history import load_history
from recommender.taste.person_vector import load_person_vector
from recommender.taste.profile import load_profile
from recommender.types import RecommendRequest
from recommender.vectors import spaces

WARM_UP = 5
LIMIT = 20
TOP = 200
LONG_HISTORY = 20_000


def run(items: int = 100_000, seed: int = 1, requests: int = 100) -> dict[str, Any]:
    """Uses a temporary database."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        catalogue = make_catalogue(items, seed)
        veteran = _make_veteran(catalogue)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return {"benchmark": "serving", "items": items, "seed": seed, **_measure_all(catalogue, veteran, requests)}
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _make_veteran(catalogue: Catalogue) -> Person:
    """A person with 20,000 events, half of them repeats."""
    person = Person.objects.create_user("veteran", password=None)
    start = timezone.now() - timedelta(hours=LONG_HISTORY)
    chosen = np.random.default_rng(5).integers(0, len(catalogue.item_ids) // 2, LONG_HISTORY)
    rows = [
        Interaction(
            person=person,
            item_id=catalogue.item_ids[int(place)],
            what=InteractionType.FINISHED,
            occurred_at=start + timedelta(hours=number),
        )
        for number, place in enumerate(chosen)
    ]
    Interaction.objects.bulk_create(rows, batch_size=BATCH)
    return person


def _measure_all(catalogue: Catalogue, veteran: Person, requests: int) -> dict[str, Any]:
    person = catalogue.person.pk
    taste = np.stack(list(spaces.read_vectors(spaces.serving_space(Modality.TASTE), catalogue.item_ids).values()))
    whole = _measure(lambda: pipeline.recommend(RecommendRequest(person, limit=LIMIT)), requests, catalogue, person)
    long = _measure(
        lambda: pipeline.recommend(RecommendRequest(veteran.pk, limit=LIMIT)), requests, catalogue, veteran.pk
    )
    bare = _measure(lambda: np.argpartition(-(taste @ taste[0]), TOP)[:TOP], requests)
    return {
        **_measure_stages(catalogue, person, requests),
        "list_ms": whole,
        "list_after_20000_events_ms": long,
        "encode_after_20000_events_ms": _measure(
            lambda: load_person_vector(load_history(veteran.pk)), requests, catalogue, veteran.pk
        ),
        "nearest_ms": _measure(lambda: spaces.nearest(Modality.TASTE, taste[7], TOP), requests),
        "numpy_product_ms": bare,
        "p95_over_numpy_product": round(whole["p95"] / max(bare["p50"], 1e-6), 1),
        "rss_mb": read_rss_mb(),
        **describe_machine(),
    }


class Stopwatch:
    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.taken[stage].append((time.perf_counter() - started) * 1000)


def _measure_stages(catalogue: Catalogue, person_id: int, requests: int) -> dict[str, Any]:
    watch, sizes = Stopwatch(), []
    for number in range(WARM_UP + requests):
        if number == WARM_UP:
            watch.taken.clear()
        _like(catalogue, person_id, number)
        with watch.time("all stages"):
            sizes.append(_walk(person_id, watch))
    return {
        "candidates": round(float(np.mean(sizes))),
        "stages_ms": {stage: _spread(taken) for stage, taken in watch.taken.items()},
    }


def _walk(person_id: int, watch: Stopwatch) -> int:
    """The pipeline's steps for a request without a query; returns how many candidates were ranked."""
    request = RecommendRequest(person_id, limit=LIMIT)
    with watch.time("read the profile"):
        profile = load_profile(person_id)
    with watch.time("encode the person"):
        context = ScoringContext(request, profile, load_person_vector(profile.history))
    with watch.time("retrieve"):
        pool = retrieve(context)
    with watch.time("rank"):
        scored = score(context, pool)
    with watch.time("diversify"):
        picked = pipeline.pick_list(scored, profile.shares)
    with watch.time("explain"):
        open_explainer(scored, [candidate.item_id for candidate in picked]).describe(picked)
    return len(pool.candidates)


def _measure(
    call: Callable[[], object], requests: int, catalogue: Catalogue | None = None, person_id: int = 0
) -> dict[str, float]:
    for _ in range(WARM_UP):
        call()
    taken = []
    for number in range(requests):
        if catalogue is not None:
            _like(catalogue, person_id, number)
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return _spread(taken)


def _like(catalogue: Catalogue, person_id: int, number: int) -> None:
    item_id = catalogue.item_ids[(number * 37) % len(catalogue.item_ids)]
    Interaction.objects.create(
        person_id=person_id, item_id=item_id, what=InteractionType.LIKED, occurred_at=timezone.now()
    )


def _spread(taken: Sequence[float]) -> dict[str, float]:
    return {f"p{share}": round(float(np.percentile(taken, share)), 2) for share in (50, 95, 99)}
