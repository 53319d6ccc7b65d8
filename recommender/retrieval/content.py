"""Candidates near in the text space: to what was liked, to the seeds, or to the words asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from django.db.models import QuerySet

from mediarec.library.errors import UnavailableError
from mediarec.library.models import Item
from recommender.backends import registry
from recommender.items.labels import item_labels
from recommender.models import EmbeddingSpace, Modality
from recommender.retrieval.candidate_merge import round_robin
from recommender.retrieval.context import RetrievalContext
from recommender.types import Candidate, Vector
from recommender.vectors import spaces
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

logger = logging.getLogger(__name__)
NAME = "content"
QUERY_NAME = "query"
SEED_NAME = "seed"
WIDE_FACTOR = 3  # what the person liked lies nearest to itself, and is dropped later


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    """Near what the person liked in each medium; for a medium they never touched, near all they liked."""
    if not scope.profile.liked.item_ids:
        return []
    own = {medium: scope.profile.text_vector(medium) for medium in scope.mediums}
    if scope.is_unfiltered:  # a medium never touched is left to the other sources: near films stand films
        vectors = [vector for vector in own.values() if vector is not None]
        return find_nearest_each(vectors, scope.limit * WIDE_FACTOR, NAME)
    overall = scope.profile.text_vector()
    return round_robin(
        [
            find_nearest(scope.items_of(medium), overall if vector is None else vector, scope.limit, NAME)
            for medium, vector in own.items()
        ]
    )


def find_nearest_each(vectors: Sequence[Vector], limit: int, name: str) -> list[Candidate]:
    answers = spaces.nearest_each(Modality.TEXT, vectors, limit)
    return round_robin([[Candidate(item_id, "", {name: cosine}) for item_id, cosine in answer] for answer in answers])


def find_like_seeds(scope: RetrievalContext) -> list[Candidate]:
    vectors = read_seed_vectors(scope.request.seed_ids)
    if not vectors:
        return _sharing_labels(scope)
    centre = np.mean(np.stack(vectors), axis=0)
    unit = centre / max(float(np.linalg.norm(centre)), 1e-6)
    return find_nearest(scope.items, unit, scope.limit * WIDE_FACTOR, SEED_NAME)


def _sharing_labels(scope: RetrievalContext) -> list[Candidate]:
    """While the seeds wait for their vectors: what shares a genre with them, the better known first."""
    seeds = Item.objects.filter(pk__in=scope.request.seed_ids).values_list("genres", flat=True)
    genres = {genre for own in seeds for genre in own}
    if not genres:
        return []
    rows = scope.items_of().filter(genres__overlap=sorted(genres)).order_by("-popularity", "pk")
    own_genres = rows.values_list("pk", "genres")[: scope.limit * WIDE_FACTOR]
    return [Candidate(pk, "", {SEED_NAME: len(genres & set(theirs)) / len(genres)}) for pk, theirs in own_genres]


def find_like_query(scope: RetrievalContext) -> list[Candidate]:
    """Near the person's own words. Without a text encoder the words are left to full-text search."""
    vector = read_query_vector(scope.request.query)
    return find_nearest(scope.items, vector, scope.limit * WIDE_FACTOR, QUERY_NAME)


def read_query_vector(text: str) -> Vector | None:
    """None where nothing was said, or where nothing can compare it: full text is then the whole answer."""
    space = serving_space(Modality.TEXT) if text.strip() else None
    return None if space is None else read_vector_in(space, text)


def read_vector_in(space: EmbeddingSpace, text: str) -> Vector | None:
    """The same, for whoever has looked up the serving space already."""
    try:
        return registry.embed_query(text, space)
    except UnavailableError as error:
        logger.info("%s", error)
        return None


def read_seed_vectors(seed_ids: Sequence[int]) -> tuple[Vector, ...]:
    return tuple(load_cached_vectors(serving_space(Modality.TEXT), seed_ids).values()) if seed_ids else ()


def read_seed_words(seed_ids: Sequence[int]) -> frozenset[str]:
    rows = Item.objects.filter(pk__in=seed_ids).values_list("genres", "tags") if seed_ids else []
    return frozenset(word for genres, tags in rows for word in item_labels(genres, tags))


def find_nearest(items: QuerySet[Item] | None, vector: Vector | None, limit: int, name: str) -> list[Candidate]:
    """Across all media: the space is one, and a record can lie near a film."""
    if vector is None:
        return []
    return [Candidate(i, "", {name: cosine}) for i, cosine in spaces.nearest(Modality.TEXT, vector, limit, where=items)]
