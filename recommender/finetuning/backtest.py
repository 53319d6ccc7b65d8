"""Backtest: scores items as a person's ranking would have at an earlier time, with features and weights as of then."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.candidate_scoring.past_choices import inputs_at, load_weights, profile_before
from recommender.items.media_types import MEDIUM_OF
from recommender.models import Modality
from recommender.ranking.features import FeatureInputs, measure_features
from recommender.ranking.scoring import blend
from recommender.retrieval.pool import Pool, describe_candidates
from recommender.taste.person_vector import Model, serving_model
from recommender.taste.profile import Profile
from recommender.types import Candidate
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import serving_space


@dataclass(frozen=True)
class BacktestPool:
    """Items of one medium with the inputs of their features."""

    pool: Pool
    inputs: FeatureInputs
    model: Model | None


def open_backtest(item_ids: list[int]) -> BacktestPool:
    pool = describe_candidates({item_id: Candidate(item_id, "", {}) for item_id in item_ids})
    text, taste = (
        load_cached_vectors(serving_space(modality), list(pool.items)) for modality in (Modality.TEXT, Modality.TASTE)
    )
    return BacktestPool(pool, FeatureInputs(text=text, taste=taste), serving_model())


def score_at(profile: Profile, place: int, field: BacktestPool) -> dict[int, float]:
    """Item ID -> score just before the history's event at an index; the event must be of the pool's medium."""
    event = profile.history.events[place]
    before, medium = profile_before(profile, place), MEDIUM_OF[event.kind]
    candidates = list(field.pool.candidates.values())
    inputs = inputs_at(field.inputs, before, field.model, event.occurred_at)
    columns = measure_features(candidates, field.pool.items, before, inputs)
    weights = load_weights(before, [medium], is_directed=False)[medium]
    scores = blend(columns, weights).tolist()
    return {candidate.item_id: score for candidate, score in zip(candidates, scores, strict=True)}
