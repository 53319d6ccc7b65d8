"""How a person's lists would have scored works at a time, by the features and weights of then."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.candidate_scoring.past_choices import load_weights, person_at, profile_before
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
    """Works of one medium, with what they are measured by."""

    pool: Pool
    measures: FeatureInputs
    model: Model | None


def open_backtest(item_ids: list[int]) -> BacktestPool:
    pool = describe_candidates({item_id: Candidate(item_id, "", {}) for item_id in item_ids})
    text, taste = (
        load_cached_vectors(serving_space(modality), list(pool.items)) for modality in (Modality.TEXT, Modality.TASTE)
    )
    return BacktestPool(pool, FeatureInputs(text=text, taste=taste), serving_model())


def score_at(profile: Profile, place: int, field: BacktestPool) -> dict[int, float]:
    """The score of every work of the field before the event at a place of the history, which is of the same medium."""
    event = profile.history.events[place]
    before, medium = profile_before(profile, place), MEDIUM_OF[event.kind]
    candidates = list(field.pool.candidates.values())
    measures = person_at(field.measures, before, field.model, event.occurred_at)
    columns = measure_features(candidates, field.pool.items, before, measures)
    weights = load_weights(before, [medium], is_directed=False)[medium]
    scores = blend(columns, weights).tolist()
    return {candidate.item_id: score for candidate, score in zip(candidates, scores, strict=True)}
