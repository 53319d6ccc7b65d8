"""Search: recall on the checked-in queries, and latency in a large library."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import connection

from benchmarks import search_set
from benchmarks.fixtures import own_database
from benchmarks.home import describe_machine
from benchmarks.synthetic import Catalogue, make_catalogue
from mediarec.library.models import Item
from recommender.backends import registry
from recommender.models import EmbeddingSpace, Modality, Passage, WordSource
from recommender.retrieval.filters import filter_items
from recommender.search import hubness, pipeline
from recommender.search.types import SearchQuery
from recommender.types import Filters
from recommender.vectors import spaces

WARM_UP = 10
NARROW = Filters(kinds=("film", "album"), year_from=1960, year_to=2015, include_seen=True)
VOCABULARY = 4000  # distinct words in the synthetic subtitles
PASSAGES_PER_FILM = 8
QUESTIONS = 1  # random stream separate from the catalogue's


def run(items: int, seed: int, requests: int) -> dict[str, Any]:
    """Both parts use temporary databases."""
    with own_database():
        _say("reading the demo catalogue, then asking the checked-in questions")
        quality = _measure_quality()
    with own_database():
        _say(f"making {items:,} items")
        speed = _measure_speed(items, seed, requests)
    return {"benchmark": "search", "items": items, "seed": seed, **quality, **speed, **describe_machine()}


def _say(words: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stderr.flush()


def _measure_quality() -> dict[str, Any]:
    with search_set.open_catalogue(with_distractors=True) as questions:
        recall = search_set.measure_recall(questions)
        image = spaces.serving_space(Modality.IMAGE)
        encoder = registry.load_encoder(Modality.TEXT.value)
        skew = search_set.measure_skew(encoder.encode) if encoder is not None else {}
    speaks = image is not None and image.is_text_aligned
    singles = {
        name: own["overall"] for name, own in recall["recall_at_10"].items() if name not in ("best wins", "mean")
    }
    return {
        "questions": len(questions),
        **recall,
        "best_single": max(singles, key=lambda name: singles[name]),
        "picture_third_in_words": "measured" if speaks else f"not measured: {image} was not trained on words",
        "skew_of_first_ten": skew,
    }


def _measure_speed(items: int, seed: int, requests: int) -> dict[str, Any]:
    catalogue = make_catalogue(items, seed)
    _stand_in_for_encoder()
    _make_passages(np.random.default_rng(seed))
    space = spaces.serving_space(Modality.TEXT)
    if space is None:
        return {}
    _say("asking")
    asked, others = (_list_questions(catalogue, requests, given) for given in (seed, seed + 1))
    vectors = [registry.embed_query(text) for text in asked]
    bare = _time(lambda n: spaces.nearest(Modality.TEXT, vectors[n], 100), requests)
    fitting = filter_items(NARROW, catalogue.person.pk, for_lookup=True)
    bare_narrow = _time(lambda n: spaces.nearest(Modality.TEXT, vectors[n], 100, fitting), requests)
    encoding = _time(lambda n: registry.embed_query(f"{asked[n]} {n}"), requests)
    person = catalogue.person.pk
    wide = _time(lambda n: pipeline.search(SearchQuery(person, asked[n], limit=60)), requests)
    narrow = _time(lambda n: pipeline.search(SearchQuery(person, others[n], filters=NARROW, limit=60)), requests)
    return {
        "requests": requests,
        "passages": Passage.objects.count(),
        "search_ms": wide,
        "search_with_filters_ms": narrow,
        "bare_index_ms": bare,
        "bare_index_with_filters_ms": bare_narrow,
        "encoding_a_question_ms": encoding,
        "p95_over_bare_index": round(wide["p95"] / max(bare["p95"], 1e-6), 2),
        "p95_with_filters_over_bare_index_with_filters": round(narrow["p95"] / max(bare_narrow["p95"], 1e-6), 2),
        "prior_is_measured": hubness.load_statistics(space).mean is not None,
    }


def _stand_in_for_encoder() -> None:
    """Queries go through the real encoder; the synthetic vectors are registered as its space, with equal dimensions."""
    encoder = registry.create_encoder(Modality.TEXT.value)
    if encoder is None:
        return
    EmbeddingSpace.objects.filter(modality=Modality.TEXT).update(encoder=encoder.name, version=encoder.version)
    loaded, space = registry.load_encoder(Modality.TEXT.value), spaces.serving_space(Modality.TEXT)
    if loaded is not None and space is not None:
        hubness.store_hubness(space, loaded.encode)


def _make_passages(noise: np.random.Generator) -> None:
    """Subtitles for every film, so that the transcript retriever has data."""
    films = list(Item.objects.filter(kind="film").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE spoken (item_id bigint, place int, line text)")
        with cursor.copy("COPY spoken FROM STDIN") as rows:
            for item_id in films:
                words = noise.zipf(1.3, size=(PASSAGES_PER_FILM, 12)) % VOCABULARY
                for place, line in enumerate(words):
                    rows.write_row((item_id, place, " ".join(f"w{w}" for w in line)))
        cursor.execute(
            "INSERT INTO recommender_passage (item_id, source, language, start_seconds, text, is_certain, search) "
            "SELECT item_id, %s, '', 30.0 * place, line, true, to_tsvector('simple', line) FROM spoken",
            [WordSource.SUBTITLES],
        )
        cursor.execute("DROP TABLE spoken")
        cursor.execute("ANALYZE")


def _list_questions(catalogue: Catalogue, requests: int, seed: int) -> list[str]:
    """Alternating titles, subjects, prefixes and subtitle lines."""
    noise = np.random.default_rng([seed, QUESTIONS])
    shapes: tuple[Callable[[int], str], ...] = (
        lambda n: f"work {n}",
        lambda n: f"a made-up work about matter {n % 60}",
        lambda n: f"matt {n % 500}",
        lambda n: f"w{n % VOCABULARY} w{n * 7 % 40} w3",
        lambda n: f"slow stories of matter {n % 60} and quiet rooms",
    )
    numbers = noise.integers(0, len(catalogue.item_ids), requests)
    return [shapes[place % len(shapes)](int(number)) for place, number in enumerate(numbers)]


def _time(call: Callable[[int], object], requests: int) -> dict[str, float]:
    for number in range(min(WARM_UP, requests)):
        call(number)
    taken = []
    for number in range(requests):
        started = time.perf_counter()
        call(number)
        taken.append((time.perf_counter() - started) * 1000)
    return {f"p{share}": round(float(np.percentile(taken, share)), 2) for share in (50, 95, 99)}
