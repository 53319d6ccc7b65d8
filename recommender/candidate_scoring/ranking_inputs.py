"""Loads what ranking needs besides the pool, since ranking reads no tables: vectors, directions, weights."""

from __future__ import annotations

from recommender.candidate_scoring.context import ScoringContext
from recommender.candidate_scoring.directions import load_directions, load_mood_directions
from recommender.candidate_scoring.past_choices import load_weights
from recommender.items.media_types import MEDIUM_OF
from recommender.models import Modality
from recommender.ranking.features import FeatureInputs
from recommender.ranking.ranker import RankingInputs, label_information
from recommender.retrieval.content import read_query_vector, read_seed_vectors, read_seed_words
from recommender.retrieval.pool import Pool
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space


def load_inputs(context: ScoringContext, pool: Pool) -> RankingInputs:
    """Feature inputs and per-medium weights, which are learned here from the person's past choices."""
    mediums = dict.fromkeys(MEDIUM_OF[candidate.kind] for candidate in pool.candidates.values())
    inputs = load_feature_inputs(context, pool)
    person = context.person if inputs.taste else None
    return RankingInputs(
        features=inputs,
        weights=load_weights(context.profile, mediums, is_directed=context.request.is_directed),
        sequence_model=None if person is None else person.ranker,
    )


def load_feature_inputs(context: ScoringContext, pool: Pool) -> FeatureInputs:
    request, profile, person = context.request, context.profile, context.person
    ids = list(pool.candidates)
    return FeatureInputs(
        text=load_cached_vectors(serving_space(Modality.TEXT), ids),
        taste=load_cached_vectors(serving_space(Modality.TASTE), ids) if person is not None else {},
        person_vector=person.vector if person is not None else None,
        query_vector=read_query_vector(request.query),
        seed_vectors=read_seed_vectors(request.seed_ids),
        named=label_information(request.query, read_seed_words(request.seed_ids), profile),
        contributors=profile.followed,
        more_like=frozenset(label.lower() for label in request.filters.more_words),
        less_like=frozenset(label.lower() for label in request.filters.less_words),
        directions=load_directions(profile, request.filters),
        moods=load_mood_directions(request.query, ids),
    )
