"""Scores a pool, medium by medium, from inputs loaded beforehand, and names the ranker that was used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.ranking import novelty
from recommender.ranking.diversity import MATCH_FEATURES
from recommender.ranking.features import FeatureInputs, measure_features
from recommender.ranking.score_breakdown import ScoreBreakdown
from recommender.ranking.scoring import Weights, blend
from recommender.ranking.standardisation import Column
from recommender.retrieval.pool import Pool
from recommender.taste.profile import Profile
from recommender.types import Candidate, RecommendRequest, Vector

POPULARITY = "popularity"
PLAIN_MIX = "a plain mix"  # neither a history nor popularity is known


@dataclass(frozen=True)
class RankingInputs:
    """Inputs loaded before ranking: those of the features, the weights per medium, and the sequence model's name where
    one takes part."""

    features: FeatureInputs = field(default_factory=FeatureInputs)
    weights: Mapping[Medium, Weights] = field(default_factory=dict)
    sequence_model: str | None = None


@dataclass(frozen=True)
class RankedPool:
    """Scored candidates, their text vectors by item ID, and the name of what ranked them.

    `feature_inputs` and `breakdowns` hold what the scores were computed from, for leave-one-out attribution.
    """

    candidates: tuple[Candidate, ...]
    vectors: Mapping[int, Vector] = field(default_factory=dict)
    ranker: str = "popularity"
    feature_inputs: FeatureInputs = field(default_factory=FeatureInputs)
    breakdowns: Mapping[Medium, ScoreBreakdown] = field(default_factory=dict)


def rank_pool(pool: Pool, profile: Profile, request: RecommendRequest, inputs: RankingInputs) -> RankedPool:
    """Scores are standardised inside each medium, so that a medium the model knows better does not drown the others.

    `inputs.weights` must hold every medium of the pool, or KeyError is raised.
    """
    by_medium: dict[Medium, list[Candidate]] = {}
    for candidate in pool.candidates.values():
        by_medium.setdefault(MEDIUM_OF[candidate.kind], []).append(candidate)
    scored: list[Candidate] = []
    breakdowns: dict[Medium, ScoreBreakdown] = {}
    for medium, group in by_medium.items():
        columns = measure_features(group, pool.items, profile, inputs.features)
        breakdowns[medium] = _score_medium(group, columns, inputs.weights[medium], request.novelty)
        scored += _store_scores(group, breakdowns[medium], keep_matches=request.is_directed)
    name = describe_ranker(request, profile, inputs.sequence_model, has_text=bool(inputs.features.text))
    if name == POPULARITY and not any(item.popularity > 0 for item in pool.items.values()):
        name = PLAIN_MIX
    return RankedPool(tuple(scored), inputs.features.text, name, inputs.features, breakdowns)


def _score_medium(
    candidates: Sequence[Candidate], columns: Mapping[str, Column], weights: Weights, novelty_level: float
) -> ScoreBreakdown:
    scores = novelty.adjust_scores(blend(columns, weights), columns, candidates, novelty_level)
    rows = {candidate.item_id: row for row, candidate in enumerate(candidates)}
    return ScoreBreakdown(columns, weights, rows, scores, novelty_level)


def _store_scores(candidates: Sequence[Candidate], breakdown: ScoreBreakdown, *, keep_matches: bool) -> list[Candidate]:
    matches = _keep_matches(breakdown.columns, len(candidates)) if keep_matches else [{}] * len(candidates)
    return [
        Candidate(c.item_id, c.kind, c.sources, score, match)
        for c, score, match in zip(candidates, breakdown.scores.tolist(), matches, strict=True)
    ]


def _keep_matches(columns: Mapping[str, Column], count: int) -> list[dict[str, float]]:
    """Per candidate, the features against the query or seeds: these are comparable across media."""
    values_by_name = {name: np.nan_to_num(columns[name]).tolist() for name in MATCH_FEATURES}
    return [{name: values[index] for name, values in values_by_name.items()} for index in range(count)]


def label_information(query: str, seed_words: frozenset[str], profile: Profile) -> dict[str, float]:
    """Labels named by the query or on the seeds, with their self-information in nats: rare ones weigh more."""
    padded = f" {' '.join(query.lower().split())} "
    labels = {label for label in profile.counts.by_label if f" {label} " in padded} if query.strip() else set()
    return {label: -math.log(profile.counts.share(label)) for label in labels | seed_words}


def describe_ranker(request: RecommendRequest, profile: Profile, sequence_model: str | None, *, has_text: bool) -> str:
    """A phrase for people that names only what took part in the ranking."""
    parts = []
    if request.query.strip():
        parts.append("your words")
    if request.seed_ids:
        parts.append("likeness to your choice")
    if sequence_model is not None:
        parts.append(f"sequence {sequence_model} + content" if has_text else f"sequence {sequence_model}")
    elif has_text and profile.liked.item_ids:
        parts.append("content similarity")
    elif not profile.is_cold:
        parts.append("shared genres and people")
    return " + ".join(parts) or POPULARITY
