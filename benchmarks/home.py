"""Latency of the home page with a large library: the pipeline alone, and the whole HTTP response."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from benchmarks.environment import read_commit
from benchmarks.synthetic import Catalogue, make_catalogue
from mediarec.library.models import Interaction, InteractionType
from recommender import pipeline

WARM_UP = 5
LIKES_EVERY = 5  # every fifth request follows a like, which invalidates the cached profile


def run(items: int, seed: int, requests: int) -> dict[str, Any]:
    """Uses a temporary database."""
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        started = time.perf_counter()
        catalogue = make_catalogue(items, seed)
        _settle()
        prepared = time.perf_counter() - started
        return {
            "benchmark": "home",
            "items": items,
            "seed": seed,
            "requests": requests,
            **_measure_all(catalogue, requests),
            "prepare_seconds": round(prepared, 1),
            **describe_machine(),
        }
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _settle() -> None:
    """What the database does by itself within a minute of such an import: statistics for its planner."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _measure_all(catalogue: Catalogue, requests: int) -> dict[str, Any]:
    bare = _measure(lambda: catalogue.text_vectors @ catalogue.text_vectors[0], requests)
    alone = _measure(lambda: pipeline.build_home(catalogue.person.pk), requests, catalogue)
    page = _measure_page(catalogue, requests)
    timed = page or alone
    return {
        "pipeline_ms": alone,
        "page_ms": page,
        "numpy_product_ms": bare,
        "p95_over_numpy_product": round(timed["p95"] / max(bare["p50"], 1e-6), 1),
        "rss_mb": read_rss_mb(),
    }


def _measure_page(catalogue: Catalogue, requests: int) -> dict[str, float] | None:
    """None if no home page is routed."""
    try:
        address = reverse("home")
    except NoReverseMatch:
        return None
    client = Client()
    client.force_login(catalogue.person)
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return _measure(lambda: client.get(address), requests, catalogue)


def _measure(call: Callable[[], object], requests: int, catalogue: Catalogue | None = None) -> dict[str, float]:
    for _ in range(WARM_UP):
        call()
    taken = []
    for number in range(requests):
        if catalogue is not None and number % LIKES_EVERY == 0:
            _like(catalogue, number)
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return {f"p{share}": round(float(np.percentile(taken, share)), 2) for share in (50, 95, 99)}


def _like(catalogue: Catalogue, number: int) -> None:
    item_id = catalogue.item_ids[(number * 37) % len(catalogue.item_ids)]
    Interaction.objects.create(
        person=catalogue.person, item_id=item_id, what=InteractionType.LIKED, occurred_at=timezone.now()
    )


def read_rss_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - one line of the kernel's
        return round(int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def describe_machine() -> dict[str, Any]:
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load_average": round(os.getloadavg()[0], 2),  # above the number of cores: other load slowed this down
        "python": platform.python_version(),
        "commit": read_commit(),
        "measured_at": timezone.now().isoformat(timespec="seconds"),
    }
