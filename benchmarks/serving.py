"""How long one person's list takes with a large library: the whole pipeline, its parts, and a bare product beside it.

Every request comes right after an event of that person, so the person is encoded anew each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from benchmarks.home import read_rss_mb
from benchmarks.record import describe_machine
from benchmarks.synthetic import BATCH, Catalogue, make_catalogue
from mediarec.library.models import Interaction, Person, What
from recommender import pipeline, spaces
from recommender.models import Modality
from recommender.retrieval.pool import PERSONAL_SOURCES, build_pool
from recommender.taste.history import load_history
from recommender.taste.person_vector import load_person_vector
from recommender.taste.profile import load_profile
from recommender.types import RecommendRequest

WARM_UP = 5
LIMIT = 20
TOP = 200
LONG_HISTORY = 20_000


def run(items: int = 100_000, seed: int = 1, requests: int = 100) -> dict[str, Any]:
    """Works in a database of its own, which is dropped afterwards."""
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
    """Somebody with 20,000 events, half of them of things they came back to."""
    person = Person.objects.create_user("veteran", password=None)
    start = timezone.now() - timedelta(hours=LONG_HISTORY)
    chosen = np.random.default_rng(5).integers(0, len(catalogue.item_ids) // 2, LONG_HISTORY)
    rows = [
        Interaction(
            person=person,
            item_id=catalogue.item_ids[int(place)],
            what=What.FINISHED,
            occurred_at=start + timedelta(hours=number),
        )
        for number, place in enumerate(chosen)
    ]
    Interaction.objects.bulk_create(rows, batch_size=BATCH)
    return person


def _measure_all(catalogue: Catalogue, veteran: Person, requests: int) -> dict[str, Any]:
    person = catalogue.person.pk
    taste = np.stack(list(spaces.load_vectors(Modality.TASTE, catalogue.item_ids).values()))
    whole = _measure(lambda: pipeline.recommend(RecommendRequest(person, limit=LIMIT)), requests, catalogue, person)
    long = _measure(
        lambda: pipeline.recommend(RecommendRequest(veteran.pk, limit=LIMIT)), requests, catalogue, veteran.pk
    )
    bare = _measure(lambda: np.argpartition(-(taste @ taste[0]), TOP)[:TOP], requests)
    return {
        "candidates": _count_candidates(person),
        "list_ms": whole,
        "list_after_20000_events_ms": long,
        "encode_person_ms": _measure(lambda: load_person_vector(load_history(person)), requests, catalogue, person),
        "retrieve_ms": _measure(lambda: spaces.nearest(Modality.TASTE, taste[7], TOP), requests),
        "numpy_product_ms": bare,
        "p95_over_numpy_product": round(whole["p95"] / max(bare["p50"], 1e-6), 1),
        "rss_mb": read_rss_mb(),
        **describe_machine(),
    }


def _count_candidates(person_id: int) -> int:
    profile = load_profile(person_id)
    person = load_person_vector(profile.history)
    request = RecommendRequest(person_id, limit=LIMIT)
    return len(build_pool(request, profile, person, PERSONAL_SOURCES, 60).candidates)


def _measure(
    call: Callable[[], object], requests: int, catalogue: Catalogue | None = None, person_id: int = 0
) -> dict[str, float]:
    for _ in range(WARM_UP):
        call()
    taken = []
    for number in range(requests):
        if catalogue is not None:
            item_id = catalogue.item_ids[(number * 37) % len(catalogue.item_ids)]
            Interaction.objects.create(
                person_id=person_id, item_id=item_id, what=What.LIKED, occurred_at=timezone.now()
            )
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return {f"p{share}": round(float(np.percentile(taken, share)), 2) for share in (50, 95, 99)}
