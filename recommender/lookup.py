"""Search: full text and meaning, fused. A person who names a thing finds it, seen or not; no taste takes part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from recommender.explanation.causes import THRESHOLDS
from recommender.explanation.describing import open_describer
from recommender.models import Modality
from recommender.retrieval import content, words
from recommender.retrieval.filters import filter_items
from recommender.retrieval.pool import describe_candidates
from recommender.taste.profile import load_profile
from recommender.taste.vectors import Vector, find_space, load_vectors
from recommender.types import Candidate, Filters, RecommendRequest, Slate

FUSION_CONSTANT = 60  # reciprocal rank fusion as published (Cormack, Clarke and Buettcher 2009)
LEG_LIMIT = 100


def search(person_id: int, text: str, filters: Filters, limit: int) -> Slate:
    """Items found by their words, their beginnings or their meaning; the note says when there is nothing."""
    text = " ".join(text.split())
    request = RecommendRequest(person_id, filters, query=text, limit=limit, surface="search")
    items = filter_items(filters, person_id, for_lookup=True)
    by_words = words.match_words(items, text, max(limit, LEG_LIMIT)) if text else []
    vector = content.read_query_vector(text)
    by_meaning = content.find_near_vector(items, vector, max(limit, LEG_LIMIT), THRESHOLDS.query_cosine)
    found = fuse_ranks([by_words, by_meaning])[:limit]
    ranker = "full text + meaning" if vector is not None else "full text"
    note = "" if found else f"Nothing here matches “{text}”."
    return _describe(Slate(uuid4(), request, ranker, (), note), found, vector)


def fuse_ranks(legs: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Reciprocal rank fusion, scaled so that first place in every leg scores 1; best first."""
    scores: dict[int, float] = defaultdict(float)
    sources: dict[int, dict[str, float]] = defaultdict(dict)
    best = sum(1 / (FUSION_CONSTANT + 1) for leg in legs if leg) or 1.0
    for leg in legs:
        for place, candidate in enumerate(leg, start=1):
            scores[candidate.item_id] += 1 / (FUSION_CONSTANT + place)
            sources[candidate.item_id].update(candidate.sources)
    ordered = sorted(scores, key=lambda item_id: (-scores[item_id], item_id))
    return [Candidate(item_id, "", sources[item_id], scores[item_id] / best) for item_id in ordered]


def _describe(slate: Slate, found: Sequence[Candidate], vector: Vector | None) -> Slate:
    pool = describe_candidates({candidate.item_id: candidate for candidate in found})
    vectors = load_vectors(find_space(Modality.TEXT), list(pool.items)) if vector is not None else {}
    describer = open_describer(pool.items, load_profile(slate.request.person_id), vectors, slate.request, vector)
    ordered = [replace(c, kind=pool.items[c.item_id].kind) for c in found if c.item_id in pool.items]
    return replace(slate, items=describer.describe(ordered))
