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
from recommender.retrieval.pool import Pool, describe_candidates, is_wide
from recommender.taste.profile import load_profile
from recommender.taste.vectors import Vector, find_space, load_vectors
from recommender.types import Candidate, Filters, Recommendation, RecommendRequest, Slate

FUSION_CONSTANT = 60  # reciprocal rank fusion as published (Cormack, Clarke and Buettcher 2009)
LEG_LIMIT = 100


def search(person_id: int, text: str, filters: Filters, limit: int) -> Slate:
    """Items found by their words, their beginnings or their meaning; the note says when there is nothing."""
    text = " ".join(text.split())
    request = RecommendRequest(person_id, filters, query=text, limit=limit, surface="search")
    items = filter_items(filters, person_id, for_lookup=True)
    by_words = words.match_words(items, text, max(limit, LEG_LIMIT)) if text else []
    vector = content.read_query_vector(text)
    where = None if is_wide(filters) else items
    near = content.find_near_vector(where, vector, max(limit, LEG_LIMIT), content.QUERY_NAME)
    by_meaning = [c for c in near if c.sources[content.QUERY_NAME] >= THRESHOLDS.query_cosine]
    fused = fuse_ranks([by_words, by_meaning])
    pool = describe_candidates({candidate.item_id: candidate for candidate in fused}, items)
    found = [replace(c, kind=pool.items[c.item_id].kind) for c in fused if c.item_id in pool.items][:limit]
    ranker = "full text + meaning" if vector is not None else "full text"
    note = "" if found else f"Nothing here matches “{text}”."
    slate = Slate(uuid4(), request, ranker, (), note)
    return replace(slate, items=_describe(slate, found, pool, vector))


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


def _describe(
    slate: Slate, found: Sequence[Candidate], pool: Pool, vector: Vector | None
) -> tuple[Recommendation, ...]:
    shown = {candidate.item_id: pool.items[candidate.item_id] for candidate in found}
    vectors = load_vectors(find_space(Modality.TEXT), list(shown)) if vector is not None else {}
    describer = open_describer(shown, load_profile(slate.request.person_id), vectors, slate.request, vector)
    return describer.describe(found)
