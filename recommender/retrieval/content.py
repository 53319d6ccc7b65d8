"""Content-based candidates: nearest neighbours in the text space of liked items, of seeds or of the query."""

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
WIDE_FACTOR = 3  # over-fetch: liked items are their own nearest neighbours and are dropped later


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    """Near what the person liked in each medium; for a medium without likes, near everything they liked."""
    if not scope.profile.liked.item_ids:
        return []
    vector_of = {medium: scope.profile.text_vector(medium) for medium in scope.mediums}
    if scope.is_unfiltered:  # a medium without likes is left to other sources: nearest neighbours of films are films
        vectors = [vector for vector in vector_of.values() if vector is not None]
        return find_nearest_each(vectors, scope.limit * WIDE_FACTOR, NAME)
    overall = scope.profile.text_vector()
    return round_robin(
        [
            find_nearest(scope.items_of(medium), overall if vector is None else vector, scope.limit, NAME)
            for medium, vector in vector_of.items()
        ]
    )


def find_nearest_each(vectors: Sequence[Vector], limit: int, name: str) -> list[Candidate]:
    """The `limit` nearest items of each (D,) vector, interleaved; `name` is the source they are credited to."""
    neighbour_lists = spaces.nearest_each(Modality.TEXT, vectors, limit)
    return round_robin(
        [[Candidate(item_id, "", {name: cosine}) for item_id, cosine in neighbours] for neighbours in neighbour_lists]
    )


def find_like_seeds(scope: RetrievalContext) -> list[Candidate]:
    """Near the mean vector of the seeds, or sharing their genres while they have no vectors."""
    vectors = read_seed_vectors(scope.request.seed_ids)
    if not vectors:
        return _sharing_labels(scope)
    centre = np.mean(np.stack(vectors), axis=0)
    unit = centre / max(float(np.linalg.norm(centre)), 1e-6)
    return find_nearest(scope.items, unit, scope.limit * WIDE_FACTOR, SEED_NAME)


def _sharing_labels(scope: RetrievalContext) -> list[Candidate]:
    """Fallback for seeds that are not embedded yet: items that share a genre with them, the most popular first."""
    seed_genres = Item.objects.filter(pk__in=scope.request.seed_ids).values_list("genres", flat=True)
    genres = {genre for item_genres in seed_genres for genre in item_genres}
    if not genres:
        return []
    rows = scope.items_of().filter(genres__overlap=sorted(genres)).order_by("-popularity", "pk")
    genres_by_item = rows.values_list("pk", "genres")[: scope.limit * WIDE_FACTOR]
    return [
        Candidate(pk, "", {SEED_NAME: len(genres & set(item_genres)) / len(genres)})
        for pk, item_genres in genres_by_item
    ]


def find_like_query(scope: RetrievalContext) -> list[Candidate]:
    """Near the query's vector. Without a text encoder the query is left to full-text search."""
    vector = read_query_vector(scope.request.query)
    return find_nearest(scope.items, vector, scope.limit * WIDE_FACTOR, QUERY_NAME)


def read_query_vector(text: str) -> Vector | None:
    """The query's (D,) unit vector; None for an empty query or without a text encoder."""
    space = serving_space(Modality.TEXT) if text.strip() else None
    return None if space is None else read_vector_in(space, text)


def read_vector_in(space: EmbeddingSpace, text: str) -> Vector | None:
    """Like `read_query_vector`, for a caller that has looked up the serving space already."""
    try:
        return registry.embed_query(text, space)
    except UnavailableError as error:
        logger.info("%s", error)
        return None


def read_seed_vectors(seed_ids: Sequence[int]) -> tuple[Vector, ...]:
    return tuple(load_cached_vectors(serving_space(Modality.TEXT), seed_ids).values()) if seed_ids else ()


def read_seed_words(seed_ids: Sequence[int]) -> frozenset[str]:
    rows = Item.objects.filter(pk__in=seed_ids).values_list("genres", "tags") if seed_ids else []
    return frozenset(label for genres, tags in rows for label in item_labels(genres, tags))


def find_nearest(items: QuerySet[Item] | None, vector: Vector | None, limit: int, name: str) -> list[Candidate]:
    """The `limit` nearest items of one (D,) vector across all media: they share the text space."""
    if vector is None:
        return []
    return [Candidate(i, "", {name: cosine}) for i, cosine in spaces.nearest(Modality.TEXT, vector, limit, where=items)]
