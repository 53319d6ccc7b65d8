"""Candidates for stated preferences: the person's own sentences, standing rules and critiques."""

from __future__ import annotations

from django.db.models import F

from recommender.facets.sql import LoweredWords
from recommender.models import Modality
from recommender.retrieval.candidate_merge import round_robin
from recommender.retrieval.content import find_nearest, find_nearest_each, read_query_vector
from recommender.retrieval.context import RetrievalContext
from recommender.types import Candidate, Vector
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space

NAME = "steered"


def find_candidates(scope: RetrievalContext) -> list[Candidate]:
    """Near the positive sentences and liked items, and with the labels to see more of; [] where none is stated."""
    vectors = _list_vectors(scope)
    if scope.items is None:
        near = find_nearest_each(vectors, scope.limit, NAME)
    else:
        near = [c for vector in vectors for c in find_nearest(scope.items, vector, scope.limit, NAME)]
    return round_robin([near, find_labelled(scope)])


def _list_vectors(scope: RetrievalContext) -> list[Vector]:
    sentences = [read_query_vector(text) for text, weight in scope.profile.sentences if weight > 0]
    liked_ids = scope.request.filters.like_ids
    liked = load_cached_vectors(serving_space(Modality.TEXT), list(liked_ids)) if liked_ids else {}
    return [*(vector for vector in sentences if vector is not None), *liked.values()]


def find_labelled(scope: RetrievalContext) -> list[Candidate]:
    """Items with a label to see more of, the most popular first."""
    labels = [word.lower() for word in scope.request.filters.more_words]
    if not labels:
        return []
    labelled = scope.items_of().alias(words=LoweredWords(F("genres"), F("tags"))).filter(words__overlap=labels)
    ids = labelled.order_by("-popularity", "pk").values_list("pk", flat=True)[: scope.limit]
    return [Candidate(item_id, "", {NAME: 1.0}) for item_id in ids]
