"""Scores a whole pool, medium by medium, and names what scored it. Knows the stages beside it, no pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.items.media_types import MEDIUM_OF, Medium
from recommender.models import Modality
from recommender.ranking import novelty
from recommender.ranking.diversity import MATCH_FEATURES
from recommender.ranking.feature_weights import learn_feature_statistics
from recommender.ranking.features import FeatureInputs, measure_features
from recommender.ranking.moods import mood_scores
from recommender.ranking.preference_directions import load_directions
from recommender.ranking.score_breakdown import ScoreBreakdown
from recommender.ranking.scoring import blend, choose_weights
from recommender.ranking.standardisation import Column
from recommender.retrieval.pool import Pool
from recommender.taste.person_vector import PersonVector
from recommender.taste.profile import Profile
from recommender.types import Candidate, RecommendRequest
from recommender.vectors.cache import load_cached_vectors
from recommender.vectors.spaces import Vector, serving_space

POPULARITY = "popularity"
PLAIN_MIX = "a plain mix"  # nobody is known, and nothing about what is popular either


@dataclass(frozen=True)
class QueryVectors:
    """What a request looks for besides the person's taste, as vectors."""

    query_vector: Vector | None = None
    seed_vectors: tuple[Vector, ...] = ()
    seed_words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RankedPool:
    """Scored candidates, the text vectors they were compared by, and the honest name of what ranked them.

    `measures` and `ledgers` hold what the scores were made of, so that a part can be taken away again.
    """

    candidates: tuple[Candidate, ...]
    vectors: Mapping[int, Vector] = field(default_factory=dict)
    ranker: str = "popularity"
    feature_inputs: FeatureInputs = field(default_factory=FeatureInputs)
    breakdowns: Mapping[Medium, ScoreBreakdown] = field(default_factory=dict)


def rank_pool(
    pool: Pool, profile: Profile, request: RecommendRequest, person: PersonVector | None, wanted: QueryVectors
) -> RankedPool:
    """Scores are calibrated inside each medium, so a medium the model knows better does not drown the others."""
    ids = list(pool.candidates)
    text = load_cached_vectors(serving_space(Modality.TEXT), ids)
    taste = load_cached_vectors(serving_space(Modality.TASTE), ids) if person is not None else {}
    measures = FeatureInputs(
        text=text,
        taste=taste,
        person_vector=person.vector if person is not None else None,
        query_vector=wanted.query_vector,
        seed_vectors=wanted.seed_vectors,
        named=label_information(request.query, wanted.seed_words, profile),
        contributors=profile.followed,
        more_like=frozenset(word.lower() for word in request.filters.more_words),
        less_like=frozenset(word.lower() for word in request.filters.less_words),
        directions=load_directions(profile, request.filters),
        moods=mood_scores(request.query, ids),
    )
    by_medium: dict[Medium, list[Candidate]] = {}
    for candidate in pool.candidates.values():
        by_medium.setdefault(MEDIUM_OF[candidate.kind], []).append(candidate)
    scored: list[Candidate] = []
    ledgers: dict[Medium, ScoreBreakdown] = {}
    for medium, own in by_medium.items():
        columns = measure_features(own, pool.items, profile, measures)
        ledgers[medium] = _score_medium(medium, own, columns, profile, request)
        scored += _store_scores(own, ledgers[medium], keep_matches=is_directed(request))
    name = describe_ranker(request, profile, person if taste else None, has_text=bool(text))
    if name == POPULARITY and not any(item.popularity > 0 for item in pool.items.values()):
        name = PLAIN_MIX
    return RankedPool(tuple(scored), text, name, measures, ledgers)


def is_directed(request: RecommendRequest) -> bool:
    return bool(request.query.strip() or request.seed_ids)


def _score_medium(
    medium: Medium,
    candidates: Sequence[Candidate],
    columns: Mapping[str, Column],
    profile: Profile,
    request: RecommendRequest,
) -> ScoreBreakdown:
    lesson = learn_feature_statistics(profile, medium)
    weights = choose_weights(medium, len(profile.history.positive_ids), is_directed(request), lesson)
    scores = novelty.adjust_scores(blend(columns, weights), columns, candidates, request.novelty)
    places = {candidate.item_id: place for place, candidate in enumerate(candidates)}
    return ScoreBreakdown(columns, weights, places, scores, request.novelty)


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


def describe_ranker(request: RecommendRequest, profile: Profile, person: PersonVector | None, *, has_text: bool) -> str:
    """Only what took part is named."""
    parts = []
    if request.query.strip():
        parts.append("your words")
    if request.seed_ids:
        parts.append("likeness to your choice")
    if person is not None:
        parts.append(f"sequence {person.ranker} + content" if has_text else f"sequence {person.ranker}")
    elif has_text and profile.liked.item_ids:
        parts.append("content similarity")
    elif not profile.is_cold:
        parts.append("shared genres and people")
    return " + ".join(parts) or POPULARITY
