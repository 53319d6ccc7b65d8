"""Candidates near in the text space: to what was liked, to the seeds, or to the words asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from django.db.models import QuerySet

from mediarec.library.errors import UnavailableError
from mediarec.library.models import Item
from recommender import registry, spaces
from recommender.models import Modality
from recommender.retrieval.scope import Scope
from recommender.taste.vectors import Vector, find_space, load_vectors
from recommender.types import Candidate

logger = logging.getLogger(__name__)
NAME = "content"
QUERY_NAME = "query"
SEED_NAME = "seed"


def find_candidates(scope: Scope) -> list[Candidate]:
    """Near what the person liked in this medium, or in any when they know none of it."""
    vector = scope.profile.text_vector(scope.medium)
    return [] if vector is None else _nearest(scope, vector, NAME)


def find_like_seeds(scope: Scope) -> list[Candidate]:
    vectors = read_seed_vectors(scope.request.seed_ids)
    if not vectors:
        return _sharing_genres(scope)
    centre = np.mean(np.stack(vectors), axis=0)
    return _nearest(scope, centre / max(float(np.linalg.norm(centre)), 1e-6), SEED_NAME)


def _sharing_genres(scope: Scope) -> list[Candidate]:
    """While the seeds wait for their vectors: what shares a genre with them, the better known first."""
    genres = {
        g for own in Item.objects.filter(pk__in=scope.request.seed_ids).values_list("genres", flat=True) for g in own
    }
    if not genres:
        return []
    rows = scope.items.filter(genres__overlap=sorted(genres)).order_by("-popularity", "pk")[: scope.limit]
    own_genres = rows.values_list("pk", "genres")
    return [Candidate(pk, "", {SEED_NAME: len(genres & set(theirs)) / len(genres)}) for pk, theirs in own_genres]


def find_like_query(scope: Scope) -> list[Candidate]:
    """Near the person's own words. Without a text encoder the words are left to full-text search."""
    vector = read_query_vector(scope.request.query)
    return [] if vector is None else _nearest(scope, vector, QUERY_NAME)


def read_query_vector(text: str) -> Vector | None:
    """None where nothing was said, or where nothing can compare it: full text is then the whole answer."""
    if not text.strip() or find_space(Modality.TEXT) is None:
        return None
    try:
        return registry.embed_query(text)
    except UnavailableError as error:
        logger.info("%s", error)
        return None


def read_seed_vectors(seed_ids: Sequence[int]) -> tuple[Vector, ...]:
    return tuple(load_vectors(find_space(Modality.TEXT), seed_ids).values()) if seed_ids else ()


def _nearest(scope: Scope, vector: Vector, name: str) -> list[Candidate]:
    found = spaces.nearest(Modality.TEXT, vector, scope.limit, where=scope.items)
    return [Candidate(item_id, "", {name: cosine}) for item_id, cosine in found]


def find_near_item(items: QuerySet[Item], seed_id: int, limit: int) -> list[Candidate]:
    """Across all media: the space is one, and a record can lie near a film."""
    vectors = read_seed_vectors((seed_id,))
    found = find_near_vector(items, vectors[0] if vectors else None, limit)
    return [Candidate(c.item_id, "", {SEED_NAME: c.sources[QUERY_NAME]}) for c in found if c.item_id != seed_id]


def find_near_vector(
    items: QuerySet[Item], vector: Vector | None, limit: int, min_cosine: float = -1.0
) -> list[Candidate]:
    if vector is None:
        return []
    found = spaces.nearest(Modality.TEXT, vector, limit, where=items)
    return [Candidate(item_id, "", {QUERY_NAME: cosine}) for item_id, cosine in found if cosine >= min_cosine]
