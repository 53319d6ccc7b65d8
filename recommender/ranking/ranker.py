"""Scores a whole pool, medium by medium, with inputs read before, and names what scored it."""

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
PLAIN_MIX = "a plain mix"  # nobody is known, and nothing about what is popular either


@dataclass(frozen=True)
class RankingInputs:
    """What was read before ranking: what features are measured by, the weights of each medium, and the name of the
    sequence model where it takes part."""

    features: FeatureInputs = field(default_factory=FeatureInputs)
    weights: Mapping[Medium, Weights] = field(default_factory=dict)
    sequence_model: str | None = None


@dataclass(frozen=True)
class RankedPool:
    """Scored candidates, the text vectors they were compared by, and the honest name of what ranked them.

    `feature_inputs` and `breakdowns` hold what the scores were made of, so that a part can be taken away again.
    """

    candidates: tuple[Candidate, ...]
    vectors: Mapping[int, Vector] = field(default_factory=dict)
    ranker: str = "popularity"
    feature_inputs: FeatureInputs = field(default_factory=FeatureInputs)
    breakdowns: Mapping[Medium, ScoreBreakdown] = field(default_factory=dict)


def rank_pool(pool: Pool, profile: Profile, request: RecommendRequest, inputs: RankingInputs) -> RankedPool:
    """Scores are calibrated inside each medium, so a medium the model knows better does not drown the others.

    `inputs.weights` holds every medium of the pool.
    """
    by_medium: dict[Medium, list[Candidate]] = {}
    for candidate in pool.candidates.values():
        by_medium.setdefault(MEDIUM_OF[candidate.kind], []).append(candidate)
    scored: list[Candidate] = []
    breakdowns: dict[Medium, ScoreBreakdown] = {}
    for medium, own in by_medium.items():
        columns = measure_features(own, pool.items, profile, inputs.features)
        breakdowns[medium] = _score_medium(own, columns, inputs.weights[medium], request.novelty)
        scored += _store_scores(own, breakdowns[medium], keep_matches=request.is_directed)
    name = describe_ranker(request, profile, inputs.sequence_model, has_text=bool(inputs.features.text))
    if name == POPULARITY and not any(item.popularity > 0 for item in pool.items.values()):
        name = PLAIN_MIX
    return RankedPool(tuple(scored), inputs.features.text, name, inputs.features, breakdowns)


def _score_medium(
    candidates: Sequence[Candidate], columns: Mapping[str, Column], weights: Weights, dial: float
) -> ScoreBreakdown:
    scores = novelty.adjust_scores(blend(columns, weights), columns, candidates, dial)
    rows = {candidate.item_id: row for row, candidate in enumerate(candidates)}
    return ScoreBreakdown(columns, weights, rows, scores, dial)


def _store_scores(candidates: Sequence[Candidate], ledger: ScoreBreakdown, *, keep_matches: bool) -> list[Candidate]:
    matches = _keep_matches(ledger.columns, len(candidates)) if keep_matches else [{}] * len(candidates)
    return [
        Candidate(c.item_id, c.kind, c.sources, score, match)
        for c, score, match in zip(candidates, ledger.scores.tolist(), matches, strict=True)
    ]


def _keep_matches(columns: Mapping[str, Column], count: int) -> list[dict[str, float]]:
    """What was measured against words or seeds, per candidate; that much is comparable across media."""
    kept = {name: np.nan_to_num(columns[name]).tolist() for name in MATCH_FEATURES}
    return [{name: values[place] for name, values in kept.items()} for place in range(count)]


def label_information(query: str, seed_words: frozenset[str], profile: Profile) -> dict[str, float]:
    """Genres and tags that the words or the seeds name, with their information in nats: rare ones say more."""
    padded = f" {' '.join(query.lower().split())} "
    named = {word for word in profile.counts.by_label if f" {word} " in padded} if query.strip() else set()
    return {word: -math.log(profile.counts.share(word)) for word in named | seed_words}


def describe_ranker(request: RecommendRequest, profile: Profile, sequence_model: str | None, *, has_text: bool) -> str:
    """Only what took part is named."""
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
